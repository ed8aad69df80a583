import { registry } from "@web/core/registry";

/** The creation's number is a paved ring's, which the test has made. */
const SERIAL = "TOUR 4821";

/** An advisor sees what a creation may have, chooses, proposes an alternative and receives it. */
registry.category("web_tour.tours").add("care_backend_offer", {
    steps: () => [
        {
            content: "The board begins visits; an order by itself is made in the list",
            trigger: ".o_cp_switch_buttons .o_list",
            run: "click",
        },
        {
            content: "Make an order",
            trigger: ".o_control_panel .o_list_button_add",
            run: "click",
        },
        {
            content: "Find the creation by its number",
            trigger: ".o_field_widget[name='creation_id'] input",
            run: `edit ${SERIAL}`,
        },
        {
            trigger: `.o-autocomplete--dropdown-item:contains('${SERIAL}')`,
            run: "click",
        },
        {
            content: "What is complimentary says so",
            trigger: "[data-code='shining'] .o_care_offer_price:contains('Complimentary')",
        },
        {
            content: "What is refused says why",
            trigger: ".o_care_offer_refused [data-code='ring_resizing'] .o_care_offer_why:contains('paved')",
        },
        {
            content: "The client is the owner",
            trigger: ".o_field_widget[name='partner_id'] input:value('Ada Client')",
        },
        {
            content: "One click adds a service",
            trigger: "[data-code='reshaping'] .o_care_offer_add",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains('Reshaping'):contains('190')",
        },
        {
            content: "It is on the order and cannot be added again",
            trigger: "[data-code='reshaping'] .o_care_offer_add[aria-disabled='true']",
        },
        {
            content: "A second care intervention",
            trigger: "[data-code='clasp_link_repair'] .o_care_offer_add",
            run: "click",
        },
        {
            content: "One fee covers both",
            trigger: ".o_data_row:contains('Included in the care fee')",
        },
        {
            content: "An engraving asks for its text",
            trigger: "[data-code='engraving'] .o_care_offer_add",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='engraving_text'] input",
            run: "edit Toujours",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_data_row:contains('Engraving'):contains('Toujours')",
        },
        {
            content: "The alternative is proposed with one click",
            trigger: ".o_care_offer_refused [data-code='ring_resizing'] .o_care_offer_alternative",
            run: "click",
        },
        {
            content: "It is left to the client's choice, and says so",
            trigger: ".o_data_row:contains('Reproduction'):has(.o_care_line_optional)",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "The total stands under the lines",
            trigger: ".o_form_saved .oe_subtotal_footer:contains('190')",
        },
        {
            content: "Receive the creation",
            trigger: ".o_form_statusbar button[name='action_receive']",
            run: "click",
        },
        {
            content: "The diagnosis comes next, and the screen says so",
            trigger: ".o_care_blockers:contains('diagnosis')",
        },
    ],
});
