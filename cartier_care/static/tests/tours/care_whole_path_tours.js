import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { signByHand } from "./care_tour_utils";

const tours = registry.category("web_tour.tours");

/** The number of the ring that walks the whole path, as the test engraves it. */
const RING = "PATH-1902";

/** The number of the client's other ring, which stays at home. */
const OTHER_RING = "HOME-1847";

// ---------------------------------------------------------------------------
// Gestures
// ---------------------------------------------------------------------------

function openMenu(xmlid) {
    return [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open Care",
            trigger: ".o_app[data-menu-xmlid='cartier_care.care_menu_root']",
            run: "click",
        },
        {
            content: "Open the menu",
            trigger: `.o_menu_sections [data-menu-xmlid='cartier_care.${xmlid}']`,
            run: "click",
        },
    ];
}

/** The only order of the house of the test, found on the board by its client. */
function openOrder() {
    return [
        ...openMenu("care_order_menu"),
        {
            content: "Open the order from its card",
            trigger: ".o_care_order_kanban .o_kanban_record:contains('Ada Client')",
            run: "click",
        },
        {
            content: "It is about the ring",
            trigger: `.o_care_order_form .o_field_widget[name='creation_id']:contains('${RING}')`,
        },
    ];
}

function button(name) {
    return `.o_care_order_form .o_statusbar_buttons button[name='${name}']`;
}

/** A step of the order that the screen offers by its name, with what it leads to. */
function press(name, label, state) {
    return [
        {
            content: label,
            trigger: `${button(name)}:contains('${label}'):enabled`,
            run: "click",
        },
        isIn(state),
    ];
}

function isIn(state) {
    return {
        content: `The order says: ${state}`,
        trigger: `body:has(.o_care_order_form .o_statusbar_status .o_arrow_button_current:contains('${state}'))`,
    };
}

function has(selector, content) {
    return { content, trigger: `body:has(.o_care_order_form ${selector})` };
}

/** Nothing of this is on the form, once the form is there. */
function lacks(selector, content) {
    return {
        content,
        trigger: `body:has(.o_care_order_form):not(:has(.o_care_order_form ${selector}))`,
    };
}

function lacksButtons(...labels) {
    return labels.map((label) =>
        lacks(`.o_statusbar_buttons button:contains('${label}')`, `There is no button ${label}`)
    );
}

function line(name) {
    return `.o_field_widget[name='line_ids'] .o_data_row:contains('${name}')`;
}

function openTab(name) {
    return {
        content: `Open the tab ${name}`,
        trigger: `.o_care_order_form .o_notebook .nav-link[name='${name}']`,
        run: "click",
    };
}

const save = [
    {
        content: "Save",
        trigger: ".o_care_order_form .o_form_button_save:enabled",
        run: "click",
    },
    {
        content: "It is saved",
        trigger: "body:has(.o_care_order_form .o_form_saved)",
    },
];

// ---------------------------------------------------------------------------
// The whole path, one tour per role and visit
// ---------------------------------------------------------------------------

/** An advisor takes in a ring: one size more, free the first time, and a reshaping. */
tours.add("care_whole_path_intake", {
    steps: () => [
        ...openMenu("care_order_menu"),
        {
            content: "The board begins visits; an order by itself is made in the list",
            trigger: ".o_cp_switch_buttons .o_list",
            run: "click",
        },
        {
            content: "Make an order",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Look the ring up by its number, without case or dash",
            trigger: ".o_care_order_form .o_field_widget[name='creation_id'] input",
            run: "edit path1902",
        },
        {
            content: "Choose it, once the search has left the others out",
            trigger: `.o-autocomplete--dropdown-menu:not(:has(li:contains('${OTHER_RING}'))) .o-autocomplete--dropdown-item:contains('${RING}')`,
            run: "click",
        },
        {
            content: "Its owner comes with it",
            trigger: ".o_care_order_form .o_field_widget[name='partner_id'] input:value('Ada Client')",
        },
        {
            content: "The first re-sizing is complimentary",
            trigger:
                ".o_care_offer_service[data-code='ring_resizing'] .o_care_offer_price:contains('Complimentary')",
        },
        {
            content: "A reshaping bears the care fee",
            trigger:
                ".o_care_offer_service[data-code='reshaping'] .o_care_offer_price:contains('190.00')",
        },
        {
            content: "What is for other kinds of creations is refused",
            trigger: ".o_care_offer_refused [data-code='necklace_resizing']",
        },
        {
            content: "Add the re-sizing",
            trigger: ".o_care_offer_service[data-code='ring_resizing'] .o_care_offer_add",
            run: "click",
        },
        {
            content: "Ask for one size more",
            trigger: ".modal .o_field_widget[name='adjustment'] input",
            run: "edit 1",
        },
        {
            content: "Keep it",
            trigger: ".modal .o_form_button_save:enabled",
            run: "click",
        },
        {
            content: "It is on the order, free of charge",
            trigger: `body:not(:has(.modal)) ${line("Ring")}:contains('+1')`,
        },
        {
            content: "The offer knows that it is chosen",
            trigger:
                ".o_care_offer_service[data-code='ring_resizing'] .o_care_offer_add:contains('Added')",
        },
        {
            content: "Add the reshaping",
            trigger: ".o_care_offer_service[data-code='reshaping'] .o_care_offer_add",
            run: "click",
        },
        {
            content: "It is on the order, for the fee",
            trigger: `${line("Reshaping")}:contains('190.00')`,
        },
        {
            content: "The total is the fee alone",
            trigger: ".o_field_widget[name='tax_totals'] :contains('190.00')",
        },
        ...save,
        has(".o_field_widget[name='name']:contains('CARE/')", "The order has its number"),
        ...press("action_receive", "Receive", "In diagnosis"),
    ],
});

/** A jeweler finds the ring in the workshop and finishes the diagnosis, which comes first. */
tours.add("care_whole_path_diagnosis", {
    steps: () => [
        ...openMenu("care_order_operation_menu"),
        {
            content: "Open what waits at the bench",
            trigger: `.o_kanban_group:contains('Diagnosis') .o_kanban_record:contains('${RING}')`,
            run: "click",
        },
        {
            content: "It is the diagnosis",
            trigger: ".o_form_view .o_field_widget[name='operation_id']:contains('Diagnosis')",
        },
        {
            content: "Go to its order",
            trigger: ".o_form_view .o_field_widget[name='order_id'] a",
            run: "click",
        },
        isIn("In diagnosis"),
        has(".o_care_blockers:contains('The diagnosis comes first')", "The screen says what is next"),
        ...lacksButtons("Propose Estimate", "Start the Work", "All Done", "Finish"),
        {
            content: "Finish the diagnosis",
            trigger: `${button("action_diagnose")}:enabled`,
            run: "click",
        },
        has(".o_statusbar_buttons button:contains('Propose Estimate')", "It may be proposed"),
        ...lacksButtons("Diagnosis Done", "Start the Work"),
        lacks(".o_care_blockers", "Nothing stands in the way any more"),
    ],
});

/** The advisor proposes the estimate. */
tours.add("care_whole_path_propose", {
    steps: () => [
        ...openOrder(),
        isIn("In diagnosis"),
        ...press("action_propose", "Propose Estimate", "Awaiting approval"),
        ...lacksButtons("Start the Work"),
    ],
});

/** The client follows the link of the estimate, reads it, and signs. */
tours.add("care_whole_path_sign", {
    steps: () => [
        {
            content: "The page is about the ring",
            trigger: `.o_care_hero:contains('${RING}')`,
        },
        {
            content: "The re-sizing is complimentary, and the page says why",
            trigger:
                ".o_care_estimate .o_care_line:contains('Ring') .o_care_line_price:contains('Complimentary')",
        },
        {
            content: "The reshaping bears the fee",
            trigger:
                ".o_care_estimate .o_care_line:contains('Reshaping') .o_care_line_price:contains('190.00')",
        },
        {
            content: "The total is that of the order",
            trigger: ".o_care_estimate[data-total='190.0'] .o_care_total:contains('190.00')",
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
    ],
});

/** The jeweler starts, does the route in one gesture, passes the final check and finishes. */
tours.add("care_whole_path_work", {
    steps: () => [
        ...openOrder(),
        isIn("Approved"),
        ...press("action_start", "Start the Work", "At the bench"),
        ...lacksButtons("Finish", "Final Check Passed"),
        {
            content: "All but the final check is done",
            trigger: `${button("action_all_done")}:enabled`,
            run: "click",
        },
        {
            content: "Pass the final check",
            trigger: `${button("action_pass_final_check")}:enabled`,
            run: "click",
        },
        ...press("action_finish", "Finish", "Ready"),
        ...lacksButtons("Bill Now", "Take Payment", "Hand Over"),
    ],
});

/** The signed-in client finds the ring ready, with its invoice and receipt. */
tours.add("care_whole_path_follow", {
    steps: () => [
        {
            content: "Open the ring from the list",
            trigger: `.o_care_card:contains('${RING}')`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The page is about the ring",
            trigger: `.o_care_hero:contains('${RING}')`,
        },
        {
            content: "It is ready, one step from home",
            trigger: ".o_care_timeline .o_care_step_present[aria-current='step']:contains('Ready')",
        },
        {
            content: "What was done is told with its prices",
            trigger: ".o_care_lines .o_care_line:contains('Ring') .o_care_line_price:contains('Complimentary')",
        },
        {
            content: "The invoice of the fee is there",
            trigger: "#care_invoices li:has(.o_care_amount:contains('190.00')) a[href*='/invoice/']",
        },
        {
            content: "It is still to be settled",
            trigger: "#care_invoices li:not(:contains('Settled'))",
        },
        {
            content: "The receipt is there",
            trigger: ".o_care_section a[href*='/document/receipt']:contains('Receipt')",
        },
        {
            content: "Nothing is left to sign",
            trigger: "body:not(:has(.o_care_sign))",
        },
    ],
});

/** The advisor takes the payment, lets the collector sign, and hands the ring over. */
tours.add("care_whole_path_hand_over", {
    steps: () => [
        ...openOrder(),
        isIn("Ready"),
        has(".o_care_blockers:contains('Take the payment')", "The screen says what is missing"),
        ...lacksButtons("Hand Over", "Bill Now"),
        {
            content: "Take the payment",
            trigger: ".o_care_order_form .o_statusbar_buttons button:contains('Take Payment')",
            run: "click",
        },
        {
            content: "All that is due is proposed",
            trigger: ".modal .o_field_widget[name='amount'] input:value('190.00')",
        },
        {
            content: "By card, at the bank",
            trigger: ".modal .o_field_widget[name='journal'] .o_radio_item:contains('Bank') input",
            run: "click",
        },
        {
            content: "Take it",
            trigger: ".modal button[name='action_confirm']:enabled",
            run: "click",
        },
        {
            content: "Nothing is left to pay",
            trigger:
                "body:has(.o_care_order_form):not(:has(.modal)):not(:has(.o_statusbar_buttons button:contains('Take Payment')))",
        },
        lacks(".o_care_blockers:contains('Take the payment')", "It is paid"),
        has(".o_care_blockers:contains('who collects')", "A collector is still asked for"),
        openTab("hand_over"),
        {
            content: "Who collects it",
            trigger: ".o_care_order_form .o_field_widget[name='collected_by'] input",
            run: "edit Ada Client",
        },
        {
            content: "The identity is checked",
            trigger: ".o_care_order_form .o_field_widget[name='is_collector_verified'] input",
            run: "check",
        },
        {
            content: "Let the collector sign",
            trigger: ".o_care_order_form .o_field_widget[name='collection_signature'] .o_signature",
            run: "click",
        },
        {
            content: "The collector signs by hand",
            trigger: ".modal canvas.o_web_sign_signature",
            run: ({ anchor }) => signByHand(anchor),
        },
        {
            content: "The signature is taken",
            trigger: ".modal footer .btn-primary:enabled",
            run: "click",
        },
        {
            content: "It is on the form",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='collection_signature'] img[src^='data:image']",
        },
        ...save,
        lacks(".o_care_blockers", "Nothing is missing"),
        ...press("action_hand_over", "Hand Over", "Handed over"),
    ],
});

// ---------------------------------------------------------------------------
// What the screens keep from a role
// ---------------------------------------------------------------------------

/** An advisor neither judges at the bench nor gives a price below the catalogue. */
tours.add("care_whole_path_advisor_limits", {
    steps: () => [
        ...openOrder(),
        isIn("In diagnosis"),
        ...lacksButtons("Diagnosis Done", "Propose Estimate", "Start the Work", "Report Lost"),
        lacks("[name='price_reason']", "Goodwill and its reason are the manager's"),
        lacks("[name='is_feasible']", "Feasibility is a jeweler's word"),
        {
            content: "What is complimentary has no price to type",
            trigger: `${line("Ring")}:not(:has(.o_field_widget[name='is_price_manual']))`,
        },
        {
            content: "A firm price is not the advisor's to change",
            trigger: `${line("Reshaping")}:not(:has(.o_field_widget[name='is_price_manual']))`,
        },
        {
            content: "Set the price of the part by hand",
            trigger: `${line("Clasp")} .o_field_widget[name='is_price_manual'] input`,
            run: "click",
        },
        {
            content: "Go to the price",
            trigger: `${line("Clasp")} td[name='price_unit']:not(.o_readonly_modifier)`,
            run: "click",
        },
        {
            content: "Type less than the catalogue",
            trigger: ".o_selected_row .o_field_widget[name='price_unit'] input",
            run: "edit 5",
        },
        {
            content: "Try to save it",
            trigger: ".o_care_order_form .o_form_button_save:enabled",
            run: "click",
        },
        {
            content: "It is refused, and the sentence says whom to ask",
            trigger: ".modal:contains('ask the manager')",
        },
        {
            content: "Go back to the order",
            trigger: ".modal .modal-footer button.btn-primary",
            run: "click",
        },
        {
            content: "Leave it at the catalogue's price",
            trigger: "body:not(:has(.modal)) .o_care_order_form .o_form_button_cancel:enabled",
            run: "click",
        },
        {
            content: "Nothing was kept",
            trigger:
                ".o_care_order_form:has(.o_form_saved) .o_field_widget[name='line_ids'] td[name='price_unit']:contains('45.00')",
        },
    ],
});

/** A jeweler finds neither bill, payment nor hand-over on an order that is ready. */
tours.add("care_whole_path_jeweler_limits", {
    steps: () => [
        ...openOrder(),
        isIn("Ready"),
        ...lacksButtons(
            "Receive",
            "Bill Now",
            "Invoice",
            "Take Payment",
            "Hand Over",
            "Decline",
            "Report Lost"
        ),
        has(".o_statusbar_buttons button:contains('Rework')", "Rework is the jeweler's"),
        lacks("button[name='action_view_invoice']", "Invoices are not the jeweler's"),
        openTab("hand_over"),
        lacks("[name='is_released']", "A release is the manager's"),
    ],
});
