import { registry } from "@web/core/registry";
import { scan } from "./care_tour_utils";

registry.category("web_tour.tours").add("care_scan_envelope", {
    steps: () => [
        {
            content: "The cursor waits in the search bar, as it does every morning",
            trigger: ".o_searchview_input",
            run: ({ anchor }) => {
                anchor.focus();
                scan("scan-tour-1");
            },
        },
        {
            content: "The order of the envelope is open",
            trigger: ".o_form_view .oe_title:contains('SCAN/TOUR/1')",
        },
        {
            content: "A code that nobody knows is answered in a sentence",
            trigger: ".o_form_view",
            run: () => {
                document.activeElement?.blur();
                scan("NO-SUCH-CODE");
            },
        },
        {
            trigger: ".o_notification:contains('NO-SUCH-CODE')",
        },
        {
            content: "The order is still there",
            trigger: ".o_form_view .oe_title:contains('SCAN/TOUR/1')",
        },
    ],
});

registry.category("web_tour.tours").add("care_scan_while_typing", {
    steps: () => [
        {
            trigger: ".o_care_order_form .nav-link:contains('Condition')",
            run: "click",
        },
        {
            content: "An envelope is scanned in the middle of a sentence",
            trigger: ".o_field_widget[name='condition_note'] textarea",
            run: ({ anchor }) => {
                anchor.focus();
                anchor.value = "A scratch inside";
                anchor.dispatchEvent(new InputEvent("input", { bubbles: true }));
                scan("SCAN/TOUR/6");
            },
        },
        {
            trigger: ".o_form_view .oe_title:contains('SCAN/TOUR/6')",
        },
    ],
});

registry.category("web_tour.tours").add("care_scan_bench", {
    steps: () => [
        {
            trigger: ".o_kanban_view .o_kanban_record:contains('SCAN/TOUR/2')",
            run: () => {
                document.activeElement?.blur();
                scan("SCAN/TOUR/2");
            },
        },
        {
            content: "The operation is started",
            trigger: ".o_notification:contains('started')",
        },
        {
            content: "The queue shows it",
            trigger:
                ".o_kanban_record:contains('SCAN/TOUR/2'):has(button[name='action_done'])",
            run: () => scan("SCAN/TOUR/2"),
        },
        {
            content: "It is done, and what comes next is said",
            trigger: ".o_notification:contains('Next')",
        },
        {
            content: "The next operation waits in the queue",
            trigger:
                ".o_kanban_record:contains('SCAN/TOUR/2'):has(button[name='action_start'])",
        },
    ],
});

registry.category("web_tour.tours").add("care_count_safe", {
    steps: () => [
        {
            trigger: ".o_list_button_add, .o-kanban-button-new",
            run: "click",
        },
        {
            trigger: ".o_form_statusbar button:contains('Begin')",
            run: "click",
        },
        {
            content: "Both envelopes are expected",
            trigger: ".o_field_widget[name='expected_count']:contains('2')",
            run: () => {
                document.activeElement?.blur();
                scan("SCAN/TOUR/3");
            },
        },
        {
            trigger: ".o_care_scan_said:contains('SCAN/TOUR/3 is here')",
        },
        {
            content: "By the keyboard",
            trigger: ".o_care_scan_code",
            run: "edit UNKNOWN-77 && press Enter",
        },
        {
            trigger: ".o_care_scan_said:contains('UNKNOWN-77 should not be here')",
        },
        {
            trigger: ".o_field_widget[name='extra_count']:contains('1')",
        },
        {
            trigger: "button:contains('Close with Missing Creations')",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Closed')",
        },
    ],
});

/** Scan in the queue of the workshop, and wait for what is said. */
function work(code, said) {
    return [
        {
            content: `Scan ${code}`,
            trigger: ".o_kanban_view",
            run: () => {
                document.activeElement?.blur();
                scan(code);
            },
        },
        {
            content: `It is said: ${said}`,
            trigger: `.o_notification:contains('${said}')`,
        },
    ];
}

/** An afternoon at the bench, with nothing in the hand but the scanner. */
registry.category("web_tour.tours").add("care_scan_afternoon", {
    steps: () => [
        // A creation that came at noon is diagnosed.
        ...work("DAY/1", "DAY/1: Diagnosis started"),
        ...work("day-1", "DAY/1: Diagnosis done"),
        // What waits for its client is left alone.
        ...work("DAY/3", "DAY/3 waits for the client"),
        // Another one is worked on from the first operation to the final check.
        ...work("DAY/2", "DAY/2: Reshaping started"),
        ...work("day-2", "DAY/2: Reshaping done. Next: Cleaning"),
        ...work("DAY/2", "DAY/2: Cleaning started"),
        ...work("day-2", "DAY/2: Cleaning done. Next: Final check"),
        ...work("DAY/2", "DAY/2: Final check started"),
        ...work("day-2", "DAY/2: Final check done. Everything on DAY/2 is done"),
        {
            content: "Among the orders a scan opens it",
            trigger: ".o_menu_sections [data-menu-xmlid='cartier_care.care_order_menu']",
            run: "click",
        },
        {
            trigger:
                "body:has(.o_last_breadcrumb_item:contains('Orders')) .o_kanban_record:contains('DAY/2')",
            run: () => {
                document.activeElement?.blur();
                scan("DAY/2");
            },
        },
        {
            trigger: ".o_care_order_form .o_statusbar_buttons button[name='action_finish']:enabled",
            run: "click",
        },
        {
            trigger: ".o_care_order_form .o_arrow_button_current:contains('Ready')",
        },
    ],
});
