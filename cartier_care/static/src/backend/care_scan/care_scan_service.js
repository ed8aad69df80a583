import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { Mutex } from "@web/core/utils/concurrency";

/** A scanner types faster than any hand: less than this passes between two of its keys. */
const SCANNER_GAP_MS = 40;
const MIN_LENGTH = 4;

/** Refusals that are sentences for people; anything else is a fault that Odoo reports itself. */
const REFUSALS = new Set([
    "odoo.exceptions.AccessError",
    "odoo.exceptions.MissingError",
    "odoo.exceptions.UserError",
    "odoo.exceptions.ValidationError",
]);

/**
 * Lead what is scanned while a Care screen is open to where it belongs: the screen's own box of
 * codes where there is one, the next operation in the workshop's queue, else the order.
 *
 * Scans come from Odoo's barcode service, which leaves alone what is typed into fields. The search
 * bar of a list has the cursor from the start, so that scans would end up there; they are told
 * from typing by their speed and taken out again.
 */
export const careScanService = {
    dependencies: ["action", "barcode", "notification", "orm", "ui"],

    start(env, { action, barcode, notification, orm, ui }) {
        const boxes = [];
        const mutex = new Mutex();
        const underWay = new Set();

        function getScreen() {
            const controller = action.currentController;
            const model = controller?.props?.resModel || controller?.action?.res_model;
            return model?.startsWith("care.") ? { controller, model } : null;
        }

        /** Run what a scan asks for, and say a refusal without stopping the next scan. */
        async function attempt(run) {
            try {
                return await run();
            } catch (error) {
                if (!REFUSALS.has(error.exceptionName)) {
                    throw error;
                }
                notification.add(error.data.message, { type: "danger" });
            }
        }

        async function workOn(code, controller) {
            const result = await orm.call("care.order", "scan_operation", [code]);
            notification.add(result.message, { type: "success" });
            if (action.currentController === controller) {
                await action.doAction("soft_reload");
            }
        }

        async function open(code) {
            await action.doAction(await orm.call("care.order", "find_by_barcode", [code]));
        }

        function handle(code) {
            const screen = getScreen();
            // A dialog waits for its own answer, and commands of Odoo are not ours.
            if (!screen || ui.activeElement !== document || /^(OBT|OCD)/.test(code)) {
                return;
            }
            // Many scanners read a code twice when the trigger is held.
            if (underWay.has(code)) {
                return;
            }
            underWay.add(code);
            const box = boxes.at(-1);
            return mutex
                .exec(() =>
                    attempt(() => {
                        if (box) {
                            return box(code);
                        }
                        return screen.model === "care.order.operation"
                            ? workOn(code, screen.controller)
                            : open(code);
                    })
                )
                .finally(() => underWay.delete(code));
        }

        barcode.bus.addEventListener("barcode_scanned", (ev) => handle(ev.detail.barcode));

        let typed = "";
        let before = "";
        let last = 0;
        function onSearchKeydown(ev) {
            const input = ev.target;
            if (!input?.matches?.(".o_searchview_input") || !ev.key || !getScreen()) {
                return;
            }
            const now = browser.performance.now();
            const isRun = now - last < SCANNER_GAP_MS;
            last = now;
            if (ev.key.length === 1) {
                if (!isRun) {
                    typed = "";
                    before = input.value;
                }
                typed += ev.key;
            } else if (["Enter", "Tab"].includes(ev.key)) {
                const code = typed;
                typed = "";
                if (isRun && code.length >= MIN_LENGTH) {
                    ev.preventDefault();
                    ev.stopImmediatePropagation();
                    input.value = before;
                    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
                    handle(code);
                }
            }
        }
        browser.addEventListener("keydown", onSearchKeydown, { capture: true });

        return {
            /**
             * Let a component take the scans while it is on the screen.
             *
             * @param {(code: string) => Promise<void>} onScanned
             * @returns {() => void} to be called when the component leaves
             */
            takeScans(onScanned) {
                boxes.push(onScanned);
                return () => boxes.splice(boxes.indexOf(onScanned), 1);
            },
            attempt,
        };
    },
};

registry.category("services").add("care_scan", careScanService);
