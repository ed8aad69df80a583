import { registry } from "@web/core/registry";
import { clickAt, takePictures } from "./care_tour_utils";

function press(key, shiftKey = false) {
    document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", { bubbles: true, cancelable: true, key, shiftKey })
    );
}

/** An advisor marks what is seen at intake: two places by click, a third by the keys alone. */
registry.category("web_tour.tours").add("care_photo_marks", {
    steps: () => [
        {
            trigger: ".nav-link:contains('Condition & Photos')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='photo_ids'] .o_kanban_record:contains('As received')",
            run: "click",
        },
        {
            trigger: ".modal .o_care_marks_board:has(img)",
            run: ({ anchor }) => clickAt(anchor, 0.25, 0.75),
        },
        {
            content: "The first ring is on the photo and in the list",
            trigger: ".modal .o_care_marks_list li[data-number='1'] select",
            run: "select dent",
        },
        {
            trigger: ".modal .o_care_marks_board:has(.o_care_mark_ring[data-number='1'])",
            run: ({ anchor }) => clickAt(anchor, 0.8, 0.2),
        },
        {
            trigger: ".modal .o_care_marks_list li[data-number='2'] input",
            run: "edit Across the shoulder && press Enter",
        },
        {
            trigger: ".modal .o_care_marks_add",
            run: async ({ anchor, press }) => {
                anchor.focus();
                await press("Enter");
            },
        },
        {
            content: "The new ring has the focus: arrows move it",
            trigger: ".modal .o_care_mark_ring[data-number='3']:focus",
            run: () => press("ArrowRight", true),
        },
        {
            trigger: ".modal .o_care_mark_ring[data-number='3'][style*='left: 55.00%']:focus",
            run: () => press("ArrowUp"),
        },
        {
            trigger: ".modal .o_care_mark_ring[data-number='3'][style*='top: 49.00%']",
        },
        {
            trigger: ".modal .modal-footer .o_form_button_save:first",
            run: "click",
        },
        {
            content: "The card tells how many marks there are",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='photo_ids'] .o_kanban_record:contains('Marks: 3')",
        },
        {
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
    ],
});

/** A jeweler takes a photo of what is done, before the last check. */
registry.category("web_tour.tours").add("care_photo_after", {
    steps: () => [
        {
            trigger: ".nav-link:contains('Condition & Photos')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='photo_ids'] .o_care_photo_input:not(:visible)",
            run: async ({ anchor }) => {
                anchor.files = (await takePictures(["done.jpg"])).files;
                anchor.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        {
            content: "It says that it shows the creation afterwards",
            trigger: ".o_field_widget[name='photo_ids'] .o_kanban_record:contains('After')",
        },
        {
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
    ],
});
