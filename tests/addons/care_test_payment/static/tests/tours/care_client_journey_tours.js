import { registry } from "@web/core/registry";

/** From the code on the receipt: one service taken, one left, then a signature. */
registry.category("web_tour.tours").add("care_journey_sign", {
    steps: () => [
        {
            content: "The page tells that the estimate waits for an answer",
            trigger: ".o_care_main_action:contains('See the estimate')",
            run: "click",
        },
        {
            content: "Take the repair of the clasp",
            trigger: ".o_care_line_choice:contains('Clasp') .o_care_option:not(:checked)",
            run: "click",
        },
        {
            trigger: ".o_care_line_choice:contains('Clasp') .o_care_option:checked",
        },
        {
            content: "Leave the engraving",
            trigger: ".o_care_line_choice:contains('Engraving') .o_care_option:not(:checked)",
        },
        {
            trigger: ".o_web_sign_name_input",
            run: "edit Ada Client",
        },
        {
            trigger: ".o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_care_message:contains('Thank you')",
        },
        {
            content: "What was left is said",
            trigger: ".o_care_small:contains('Left out at your wish: Engraving')",
        },
    ],
});

/** By the same link: the invoice is paid on Odoo's page, with the provider for demonstrations. */
registry.category("web_tour.tours").add("care_journey_pay", {
    steps: () => [
        {
            content: "The creation is ready",
            trigger: ".o_care_hero_status:contains('awaits you')",
        },
        {
            trigger: "button.o_care_main_action:contains('Pay')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Odoo's page of the invoice",
            trigger: "a[data-bs-target='#pay_with']",
            run: "click",
        },
        {
            trigger: "#pay_with.show #simulated_payment_state",
            run: "select done",
        },
        {
            trigger: "#pay_with.show #customer_input",
            run: "edit 4242 4242 4242 4242",
        },
        {
            trigger: "#pay_with button[name='o_payment_submit_button']:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Paid, and said so",
            trigger: "div[name='invoice_paid_badge'], .o_account_payment_tx_status:contains('processed')",
        },
    ],
});

/** By the same link again: the creation is home, its certificate is there, nothing is left to pay. */
registry.category("web_tour.tours").add("care_journey_certificate", {
    steps: () => [
        {
            trigger: ".o_care_step_present:contains('Back with you')",
        },
        {
            trigger: "a[href*='/document/certificate']:contains('Certificate of care')",
        },
        {
            content: "The invoice is settled",
            trigger: ".o_care_aside:contains('Settled')",
        },
        {
            trigger: ".o_care:not(:has(button:contains('Pay')))",
        },
    ],
});

/** The proof of an engraving: shown as it will be, and approved with the signature. */
registry.category("web_tour.tours").add("care_journey_proof", {
    steps: () => [
        {
            content: "The text, the place and the design",
            trigger: ".o_care_estimate:contains('M & J'):contains('Inside')",
        },
        {
            trigger: ".o_care_estimate img.o_care_design[alt='The design to engrave']",
        },
        {
            content: "That it cannot be undone is said before signing",
            trigger: ".o_care_terms:contains('approve the engraving'):contains('cannot be undone')",
        },
        {
            trigger: ".o_web_sign_name_input",
            run: "edit Ada Client",
        },
        {
            trigger: ".o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_care_note:contains('Approved by Ada Client')",
        },
    ],
});

/** A paved ring: its size stays, and a reproduction is proposed and asked for instead. */
registry.category("web_tour.tours").add("care_journey_paved_ring", {
    steps: () => [
        {
            content: "The creation is chosen",
            trigger: ".o_care_card:contains('Creation of the tests')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Re-sizing is not possible, with the reason and what we propose instead",
            trigger:
                ".o_care_refused:contains('Ring re-sizing'):contains('paved'):contains('We propose instead: Reproduction')",
        },
        {
            trigger: ".o_care_request:not(:has(#care_service_ring_resizing))",
        },
        {
            trigger: "#care_service_reproduction",
            run: "click",
        },
        {
            trigger: "#care_note",
            run: "edit In size 54, please",
        },
        {
            trigger: ".o_care_submit button",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_care_message:contains('Your request is with our boutique')",
        },
        {
            trigger: ".o_care_line:contains('Reproduction')",
        },
    ],
});
