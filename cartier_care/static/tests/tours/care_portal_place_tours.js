import { registry } from "@web/core/registry";

/** A client approves an amount in advance by typing a name, then takes it back. */
registry.category("web_tour.tours").add("care_portal_pre_approval", {
    steps: () => [
        {
            content: "Unfold it",
            trigger: "#care_pre_approval summary",
            run: "click",
        },
        {
            content: "Name an amount",
            trigger: "#care_pre_approved_amount",
            run: "edit 250",
        },
        {
            content: "Sign by typing the name",
            trigger: "#care_pre_approval .o_web_sign_name_input",
            run: "edit Ada Client",
        },
        {
            content: "Send it",
            trigger: "#care_pre_approval .o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The page thanks, and says how much and who signed",
            trigger: ".o_care_message:contains('Thank you')",
        },
        {
            trigger: "#care_pre_approval_title:contains('250')",
        },
        {
            content: "Take it back",
            trigger: "#care_pre_approval form button",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_care_message:contains('taken back')",
        },
        {
            trigger: "#care_pre_approval summary:contains('Approve an amount in advance')",
        },
    ],
});

/** A client adds a creation by its number, sees that it is being checked, and withdraws it. */
registry.category("web_tour.tours").add("care_portal_claim", {
    steps: () => [
        {
            trigger: ".o_care_header_links a[href='/my/creations/claim']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "#care_claim_number",
            run: "edit XY 1847",
        },
        {
            trigger: "#care_claim_description",
            run: "edit From my aunt",
        },
        {
            trigger: ".o_care_claim button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_care_message:contains('Thank you')",
        },
        {
            trigger: ".o_care_list li:contains('XY 1847'):contains('We are checking') button",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_care_message:contains('withdrawn')",
        },
        {
            content: "Nothing is left of it",
            trigger: "body:not(:contains('XY 1847'))",
        },
    ],
});
