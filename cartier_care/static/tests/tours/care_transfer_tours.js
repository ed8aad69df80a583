import { registry } from "@web/core/registry";
import { scan } from "./care_tour_utils";

const tours = registry.category("web_tour.tours");

/** Scan on the screen that is open, and wait for what is said of it. */
function scanned(code, said) {
    return [
        {
            content: `Scan ${code}`,
            trigger: ".o_form_view .o_care_scan_code",
            run: () => {
                document.activeElement?.blur();
                scan(code);
            },
        },
        {
            content: `It is said: ${said}`,
            trigger: `.o_care_scan_said:contains('${said}')`,
        },
    ];
}

/** Choose a place in a field of the form. */
function choose(field, name) {
    return [
        {
            content: `Look for ${name}`,
            trigger: `.o_form_view .o_field_widget[name='${field}'] input`,
            run: `edit ${name}`,
        },
        {
            content: `Choose ${name}`,
            trigger: `.o-autocomplete--dropdown-item:contains('${name}')`,
            run: "click",
        },
    ];
}

function press(label) {
    return {
        content: label,
        trigger: `.o_form_view .o_statusbar_buttons button:contains('${label}'):enabled`,
        run: "click",
    };
}

function isIn(state) {
    return {
        content: `The screen says: ${state}`,
        trigger: `.o_form_view .o_statusbar_status .o_arrow_button_current:contains('${state}')`,
    };
}

const isMissing = [
    {
        content: "What did not arrive is named",
        trigger: ".o_care_blockers:contains('Missing on arrival'):contains('TRAVEL/2')",
    },
    {
        content: "Somebody is asked to look for it",
        trigger: ".o-mail-Activity:contains('TRAVEL/2')",
    },
];

/** An advisor puts two creations on a manifest by scanning, and sends them. */
tours.add("care_transfer_send", {
    steps: () => [
        {
            trigger: ".o_list_button_add, .o-kanban-button-new",
            run: "click",
        },
        ...choose("from_location_id", "Boutique One"),
        ...choose("to_location_id", "Workshop One"),
        ...scanned("travel-1", "TRAVEL/1 added: 1 on the manifest"),
        ...scanned("TRAVEL/2", "TRAVEL/2 added: 2 on the manifest"),
        press("Send"),
        isIn("Sent"),
    ],
});

/** At the workshop one of them arrives; the jeweler receives it and is told of the other. */
tours.add("care_transfer_arrive", {
    steps: () => [
        {
            content: "Open what is on its way",
            trigger: ".o_data_row:contains('Boutique One') .o_data_cell[name='name']",
            run: "click",
        },
        isIn("Sent"),
        ...scanned("TRAVEL/1", "1 still to scan"),
        ...scanned("TRAVEL/77", "not on the manifest"),
        press("Receive What Is Ticked Off"),
        isIn("Received"),
        ...isMissing,
    ],
});

/** The sender sees the same. */
tours.add("care_transfer_missing", { steps: () => [isIn("Received"), ...isMissing] });

/** The late one arrives: nothing is missing, and nobody looks for it any more. */
tours.add("care_transfer_late", {
    steps: () => [
        ...scanned("TRAVEL/2", "everything is here"),
        press("Receive What Is Ticked Off"),
        {
            content: "Nothing is missing any more",
            trigger: "body:has(.o_form_view):not(:has(.o_care_blockers)):not(:has(.o-mail-Activity))",
        },
        isIn("Received"),
    ],
});

/** What the client declined goes back from the workshop to its boutique. */
tours.add("care_declined_back", {
    steps: () => [
        isIn("Declined"),
        {
            content: "It says what the client said",
            trigger: ".o_care_order_form:contains('I prefer to keep its marks')",
        },
        {
            content: "Open the menu of actions",
            trigger: ".o_cp_action_menus .dropdown-toggle:has(.fa-cog)",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .o_menu_item:contains('Make a Transfer')",
            run: "click",
        },
        {
            content: "From the workshop",
            trigger: ".o_field_widget[name='from_location_id'] input:value('Workshop One')",
        },
        {
            content: "To the boutique",
            trigger: ".o_field_widget[name='to_location_id'] input:value('Boutique One')",
        },
        press("Send"),
        isIn("Sent"),
    ],
});

/** The boutique receives it, and hands it over as it came. */
tours.add("care_declined_home", {
    steps: () => [
        isIn("Declined"),
        {
            trigger: ".o_form_view button[name='action_view_transfers']",
            run: "click",
        },
        {
            content: "Open the way back",
            trigger: ".o_data_row:contains('Sent') .o_data_cell[name='name']",
            run: "click",
        },
        isIn("Sent"),
        ...scanned("TRAVEL/9", "everything is here"),
        press("Receive What Is Ticked Off"),
        isIn("Received"),
        {
            content: "Back to the order",
            trigger: ".o_breadcrumb a:contains('TRAVEL/9')",
            run: "click",
        },
        isIn("Declined"),
        press("Hand Over"),
        isIn("Handed over"),
        {
            trigger:
                ".o_care_order_form .o_field_widget[name='disposition']:contains('Returned unserviced')",
        },
    ],
});
