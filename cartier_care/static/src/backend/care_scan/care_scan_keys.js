import { browser } from "@web/core/browser/browser";
import { isMacOS } from "@web/core/browser/feature_detection";

/** A scanner types faster than any hand: less than this passes between two of its keys. */
const SCANNER_GAP_MS = 40;
const MIN_LENGTH = 4;

const TEXT_TYPES = ["email", "number", "search", "tel", "text", "url"];
const BOX_TYPES = ["checkbox", "radio"];
const MODIFIERS = ["Alt", "AltGraph", "CapsLock", "Control", "Shift"];

/** How long a field that searches as one types may take to show what it has found. */
const SUGGESTIONS_MS = 2000;

function isTextField(element) {
    return (
        element instanceof HTMLTextAreaElement ||
        (element instanceof HTMLInputElement && TEXT_TYPES.includes(element.type))
    );
}

/** A box to tick takes no text, yet Odoo's barcode service leaves it alone as well. */
function isBox(element) {
    return element instanceof HTMLInputElement && BOX_TYPES.includes(element.type);
}

/** A note with an editor of its own. */
function isRichText(element) {
    return element instanceof HTMLElement && element.isContentEditable;
}

/** The text of a note as people read it: its editor swaps spaces, and adds marks of its own. */
function getWords(note) {
    return note.textContent.replace(/[\s\u200b\ufeff]/g, "");
}

/**
 * Tell the form what was typed into a field. A hand leaves the field before it leaves the screen,
 * which does so; a scan leads away from the middle of a sentence.
 */
function tellForm(field, type) {
    field.dispatchEvent(new Event(type, { bubbles: true }));
}

/**
 * Take a scan out of a note by its editor's own undo, a key at a time: so does what the scan has
 * replaced come back, and no list of commands stays open.
 */
function undoTyping({ field, words, code }) {
    const mainKey = isMacOS() ? "metaKey" : "ctrlKey";
    const init = { key: "z", code: "KeyZ", [mainKey]: true, bubbles: true, cancelable: true };
    for (let left = code.length; left && getWords(field) !== words; left--) {
        field.dispatchEvent(new KeyboardEvent("keydown", init));
    }
    tellForm(field, "blur");
}

/**
 * Leave a field that searches as one types, and close what it is about to suggest: nobody has
 * asked, and what the scan brings into the field is not to be taken for the start of a search.
 */
function leaveSuggestions(field) {
    const close = () => {
        if (field.getAttribute("aria-expanded") === "true") {
            observer.disconnect();
            field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
        }
    };
    const observer = new MutationObserver(close);
    observer.observe(field, { attributeFilter: ["aria-expanded"] });
    field.addEventListener("focus", () => observer.disconnect(), { once: true });
    browser.setTimeout(() => observer.disconnect(), SUGGESTIONS_MS);
    field.blur();
    close();
}

/**
 * Tell scans from typing in fields, which Odoo's barcode service leaves alone. What a scanner
 * types shows for a moment and is taken out again.
 *
 * @param {(field: HTMLElement) => boolean} isWatched whether scans may be meant for the screen
 *     while the cursor is in the field
 * @param {(code: string, field: HTMLElement) => void} onScanned
 */
export function watchFields(isWatched, onScanned) {
    // Keys that follow one another faster than any hand, and the field as it was before them.
    let run = null;

    function begin(field) {
        const isRich = isRichText(field);
        if (!(isTextField(field) || isBox(field) || isRich) || !isWatched(field)) {
            return null;
        }
        if (isRich) {
            return { field, words: getWords(field), code: "", last: 0 };
        }
        const { value, selectionStart, selectionEnd } = field;
        return { field, value, selectionStart, selectionEnd, code: "", last: 0 };
    }

    function takeOut(scanned) {
        const { field, value, selectionStart, selectionEnd } = scanned;
        if (isBox(field)) {
            return;
        }
        if (isRichText(field)) {
            return undoTyping(scanned);
        }
        field.value = value;
        if (selectionStart !== null) {
            field.setSelectionRange(selectionStart, selectionEnd);
        }
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        if (field.matches(".o-autocomplete--input")) {
            leaveSuggestions(field);
        } else {
            tellForm(field, "change");
        }
    }

    function onKeydown(ev) {
        if (!ev.key || MODIFIERS.includes(ev.key)) {
            return;
        }
        // By the time of the key itself: a busy page hears of several keys at once.
        const isGoingOn =
            run?.field === ev.target && !ev.repeat && ev.timeStamp - run.last < SCANNER_GAP_MS;
        if (ev.key.length === 1) {
            run = isGoingOn ? run : begin(ev.target);
            if (isGoingOn && ev.key === " " && isBox(ev.target)) {
                // A space within a code ticks nothing.
                ev.preventDefault();
            }
            if (run) {
                run.code += ev.key;
                run.last = ev.timeStamp;
            }
            return;
        }
        const scanned = run;
        run = null;
        const isEnd = ev.key === "Enter" || ev.key === "Tab";
        if (isGoingOn && isEnd && scanned.code.length >= MIN_LENGTH) {
            ev.preventDefault();
            ev.stopImmediatePropagation();
            takeOut(scanned);
            onScanned(scanned.code, scanned.field);
        }
    }

    browser.addEventListener("keydown", onKeydown, { capture: true });
}
