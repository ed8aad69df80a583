/** Gestures that Odoo's tours have no word for. */

/**
 * Sign in a field of ink as a finger does on a tablet.
 *
 * @param {HTMLCanvasElement} canvas where the signature goes
 */
export function signByHand(canvas) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const touch = (type, x, y) =>
        canvas.dispatchEvent(
            new PointerEvent(type, {
                bubbles: true,
                buttons: type === "pointerup" ? 0 : 1,
                cancelable: true,
                clientX: left + width * x,
                clientY: top + height * y,
                isPrimary: true,
                pointerId: 1,
                pointerType: "touch",
                pressure: 0.5,
            })
        );
    touch("pointerdown", 0.2, 0.6);
    for (const [x, y] of [
        [0.3, 0.3],
        [0.4, 0.7],
        [0.5, 0.4],
        [0.7, 0.6],
    ]) {
        touch("pointermove", x, y);
    }
    touch("pointerup", 0.7, 0.6);
}

/**
 * Make pictures, as a telephone would have taken them.
 *
 * @param {string[]} names
 * @returns {Promise<DataTransfer>} what a file input or a drop carries
 */
export async function takePictures(names) {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    canvas.getContext("2d").fillRect(160, 120, 320, 240);
    const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg"));
    const carried = new DataTransfer();
    for (const name of names) {
        carried.items.add(new File([picture], name, { type: picture.type }));
    }
    return carried;
}

/** Click on the picture at a fraction of its width and height. */
export function clickAt(board, x, y) {
    const { left, top, width, height } = board.getBoundingClientRect();
    board.querySelector("img").dispatchEvent(
        new MouseEvent("click", {
            bubbles: true,
            clientX: left + width * x,
            clientY: top + height * y,
        })
    );
}

/**
 * Send a code as a scanner does: key after key to whatever has the cursor, then Enter. A field
 * also shows the characters, as it does when a keyboard types them. The keys are pressed before
 * the page hears of them, however busy it is.
 */
export function scan(code) {
    const target = document.activeElement || document.body;
    const [enter, ...keys] = ["Enter", ...code].map(
        (key) => new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })
    );
    for (const event of keys) {
        const isGoingOn = target.dispatchEvent(event);
        if (isGoingOn && target.matches("input, textarea")) {
            target.value += event.key;
            target.dispatchEvent(new InputEvent("input", { bubbles: true }));
        }
    }
    target.dispatchEvent(enter);
}
