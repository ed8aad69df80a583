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
