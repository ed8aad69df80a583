import { registry } from "@web/core/registry";

/** A client follows the link of the receipt, takes one service, leaves another, and signs. */
registry.category("web_tour.tours").add("care_portal_estimate", {
    steps: () => [
        {
            content: "The total is that of what is not a choice",
            trigger: ".o_care_estimate[data-total='190.0']",
        },
        {
            content: "Go to the estimate",
            trigger: ".o_care_main_action",
            run: "click",
        },
        {
            content: "Take the service with a part",
            trigger: ".o_care_line_choice:contains('Component') .o_care_option:not(:checked)",
            run: "click",
        },
        {
            content: "The total follows",
            trigger: ".o_care_estimate[data-total='235'] .o_care_totals:contains('235')",
        },
        {
            content: "Take the engraving as well",
            trigger: ".o_care_line_choice:contains('Engraving') .o_care_option:not(:checked)",
            run: "click",
        },
        {
            trigger: ".o_care_line_choice:contains('Engraving') .o_care_option:checked",
        },
        {
            content: "Leave the engraving after all",
            trigger: ".o_care_line_choice:contains('Engraving') .o_care_option:checked",
            run: "click",
        },
        {
            trigger: ".o_care_line_choice:contains('Engraving') .o_care_option:not(:checked)",
        },
        {
            content: "Sign by typing the name",
            trigger: ".o_web_sign_name_input",
            run: "edit Ada Client",
        },
        {
            content: "Send it",
            trigger: ".o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The page thanks and says who signed",
            trigger: ".o_care_message:contains('Thank you')",
        },
        {
            trigger: ".o_care_note:contains('Approved by Ada Client')",
        },
        {
            content: "Nothing is left to sign",
            trigger: "body:not(:has(.o_care_sign))",
        },
    ],
});

/** A client declines with a reason, by keyboard alone. */
registry.category("web_tour.tours").add("care_portal_decline", {
    steps: () => [
        {
            content: "Open the way to decline",
            trigger: ".o_care_decline summary",
            run: "click",
        },
        {
            trigger: "#care_reason",
            run: "edit I prefer to keep its marks",
        },
        {
            trigger: ".o_care_decline button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_care_message:contains('goes back to you')",
        },
    ],
});
