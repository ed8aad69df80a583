import { registry } from "@web/core/registry";

/** Draw a stroke, as a finger on a tablet would. */
function drawOn(canvas) {
    const { left, top } = canvas.getBoundingClientRect();
    const points = [
        [60, 60],
        [90, 90],
        [140, 70],
        [200, 110],
    ];
    const point = (type, [x, y]) =>
        canvas.dispatchEvent(
            new PointerEvent(type, {
                bubbles: true,
                buttons: type === "pointerup" ? 0 : 1,
                cancelable: true,
                clientX: left + x,
                clientY: top + y,
                isPrimary: true,
                pointerId: 1,
                pressure: 0.5,
            })
        );
    point("pointerdown", points[0]);
    points.slice(1).forEach((position) => point("pointermove", position));
    point("pointerup", points.at(-1));
}

/** An advisor takes the payment at the counter, checks who collects, and hands the creation over. */
registry.category("web_tour.tours").add("care_backend_hand_over", {
    steps: () => [
        {
            content: "The screen says what is missing",
            trigger: ".o_care_blockers:contains('Take the payment')",
        },
        {
            content: "The hand-over is not possible yet",
            trigger: ".o_form_statusbar:not(:has(button[name='action_hand_over']))",
        },
        {
            trigger: ".o_form_statusbar button:contains('Take Payment')",
            run: "click",
        },
        {
            content: "What is due is proposed",
            trigger: ".modal .o_field_widget[name='amount_due']:contains('190.00')",
        },
        {
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "Nothing is left to pay",
            trigger: "body:not(:has(.modal)) .o_form_statusbar:not(:contains('Take Payment'))",
        },
        {
            trigger: ".nav-link:contains('Hand-over')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='collected_by'] input",
            run: "edit Ada Client",
        },
        {
            trigger: ".o_field_widget[name='is_collector_verified'] input",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='collection_signature'] .o_signature",
            run: "click",
        },
        {
            content: "The collector signs",
            trigger: ".modal canvas.o_web_sign_signature",
            run: ({ anchor }) => drawOn(anchor),
        },
        {
            trigger: ".modal footer .btn-primary:enabled",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved .o_form_statusbar button[name='action_hand_over']",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Handed over')",
        },
    ],
});
