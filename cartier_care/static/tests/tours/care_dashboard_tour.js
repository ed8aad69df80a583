import { registry } from "@web/core/registry";

const figure = (key) => `.o_care_dashboard_figure[data-figure="${key}"]`;

/** Open the list behind a figure, look at it, and come back. */
function look(key, trigger, content) {
    return [
        { content: `open what is behind ${key}`, trigger: figure(key), run: "click" },
        { content, trigger },
        {
            content: "back to the overview",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item.o_back_button",
            run: "click",
        },
    ];
}

registry.category("web_tour.tours").add("care_dashboard", {
    steps: () => [
        {
            content: "one order is late",
            trigger: `${figure("late")} .o_care_dashboard_value:contains(/^1$/)`,
        },
        ...look("late", ".o_list_view .o_data_row:count(1)", "one order is in the list"),
        ...look("ready", ".o_list_view .o_data_row:count(2)", "two orders are in the list"),
        ...look("revenue", ".o_pivot_view .o_pivot", "the revenue is by category and service"),
        ...look("on_time", ".o_pivot_view .o_pivot", "times and promises are by boutique"),
        ...look("unpaid", ".o_list_view .o_data_row:count(1)", "one invoice is not paid"),
        {
            content: "the figures are read again",
            trigger: `${figure("to_invoice")} .o_care_dashboard_note:contains("1 order")`,
        },
    ],
});
