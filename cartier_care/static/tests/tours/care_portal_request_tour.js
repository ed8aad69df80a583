import { registry } from "@web/core/registry";

/** A client asks for care of a paved ring: what it may not have is said, with what we propose. */
registry.category("web_tour.tours").add("care_portal_request", {
    steps: () => [
        {
            content: "Re-sizing is explained as not possible, reproduction is proposed",
            trigger: ".o_care_refused:contains('Ring re-sizing'):contains('Reproduction')",
        },
        {
            content: "It cannot be asked for",
            trigger: ".o_care_request:not(:has(#care_service_ring_resizing))",
        },
        {
            content: "Wishes show once their service is asked for",
            trigger: ".o_care_details[data-service='engraving'].d-none:not(:visible)",
        },
        {
            trigger: "#care_service_engraving",
            run: "click",
        },
        {
            trigger: ".o_care_details[data-service='engraving']:not(.d-none) #care_engraving_text_engraving",
            run: "edit A & M",
        },
        {
            trigger: "#care_note",
            run: "edit With the letters of our wedding rings",
        },
        {
            content: "Send it",
            trigger: ".o_care_submit button",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_care_message:contains('Your request is with our boutique')",
        },
        {
            content: "And take it back",
            trigger: "button:contains('Withdraw this request')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_care_message:contains('withdrawn')",
        },
    ],
});
