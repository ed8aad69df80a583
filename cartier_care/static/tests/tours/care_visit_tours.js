import { registry } from "@web/core/registry";
import { clickAt, scan, signByHand, takePictures } from "./care_tour_utils";

const tours = registry.category("web_tour.tours");

/** The pieces of the client, as the test engraves them. */
const RING = "VISIT 1847-R";
const BRACELET = "VISIT 1902-B";

const OPEN = ".o_care_visit_open";

function fill(name, text) {
    return {
        content: `Fill ${name}`,
        trigger: `${OPEN} .o_field_widget[name='${name}'] :is(input, textarea)`,
        run: `edit ${text}`,
    };
}

function countPhotos(count) {
    return {
        content: `${count} photos are on the area`,
        trigger: `${OPEN} .o_care_photos:has(.o_kanban_record:not(.o_kanban_ghost):eq(${count - 1}) img)`,
    };
}

/** An advisor takes two creations in on one screen, with their condition and the signature. */
tours.add("care_visit_counter", {
    steps: () => [
        {
            content: "Open a new visit from the board",
            trigger: ".o_control_panel button:contains('New Visit')",
            run: "click",
        },
        {
            content: "Find the client",
            trigger: ".o_care_intake_form .o_field_widget[name='partner_id'] input",
            run: "edit of the Counter",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Ada Client of the Counter')",
            run: "click",
        },
        {
            content: "Their pieces are proposed: take the ring",
            trigger: `.o_care_visit_piece:contains('${RING}')`,
            run: "click",
        },
        {
            trigger: `${OPEN}:contains('1 of 1'):contains('${RING}') [data-code='reshaping'] .o_care_offer_add`,
            run: "click",
        },
        {
            trigger: `${OPEN} .o_data_row:contains('Reshaping'):contains('190')`,
        },
        {
            content: "Two photos at once",
            trigger: `${OPEN} .o_care_photo_input:not(:visible)`,
            run: async ({ anchor }) => {
                anchor.files = (await takePictures(["front.jpg", "back.jpg"])).files;
                anchor.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        countPhotos(2),
        {
            content: "Open the first photo",
            trigger: `${OPEN} .o_care_photos .o_kanban_record:first`,
            run: "click",
        },
        {
            trigger: ".modal .o_care_marks_board:has(img)",
            run: ({ anchor }) => clickAt(anchor, 0.25, 0.75),
        },
        {
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
            trigger: ".modal .modal-footer .o_form_button_save:first",
            run: "click",
        },
        {
            content: "The card tells how many marks there are",
            trigger: `body:not(:has(.modal)) ${OPEN} .o_care_photos .o_kanban_record:contains('Marks: 2')`,
        },
        fill("condition_note", "Worn at the back"),
        fill("declared_value", "5200"),
        fill("weight_in", "12.5"),
        fill("pre_approved_amount", "300"),
        {
            content: "The second creation",
            trigger: `.o_care_visit_piece:contains('${BRACELET}')`,
            run: "click",
        },
        {
            content: "The first one is a line now, with its total",
            trigger: `.o_care_visit_order:not(${OPEN}):contains('${RING}'):contains('190')`,
        },
        {
            trigger: `${OPEN}:contains('2 of 2') [data-code='shining'] .o_care_offer_add`,
            run: "click",
        },
        {
            content: "A photo is dropped on the area",
            trigger: `${OPEN} .o_care_photo_area`,
            run: async ({ anchor }) => {
                const dataTransfer = await takePictures(["clasp.jpg"]);
                for (const type of ["dragenter", "dragover", "drop"]) {
                    anchor.dispatchEvent(
                        new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer })
                    );
                }
            },
        },
        countPhotos(1),
        {
            content: "Discretion is asked for",
            trigger: `${OPEN} .o_field_widget[name='is_discreet'] input`,
            run: "click",
        },
        {
            content: "Who else may collect",
            trigger: ".o_field_widget[name='authorized_collector'] input",
            run: "edit Théo Martin",
        },
        {
            trigger: ".o_field_widget[name='signature'] .o_signature",
            run: "click",
        },
        {
            content: "The client signs for all of it",
            trigger: ".modal canvas.o_web_sign_signature",
            run: ({ anchor }) => signByHand(anchor),
        },
        {
            trigger: ".modal footer .btn-primary:enabled",
            run: "click",
        },
        {
            content: "Receive, and print the receipt",
            trigger: "body:not(:has(.modal)) button[name='action_receive_and_print']",
            run: "click",
        },
        {
            content: "Once the receipt is printed, both are with the house",
            trigger: `.o_care_visit_order:contains('${RING}'):contains('In diagnosis')`,
            timeout: 60000,
        },
        {
            trigger: `.o_care_visit_order:contains('${BRACELET}'):contains('In diagnosis')`,
        },
    ],
});

/** A scan lays the piece open on the visit, wherever the cursor is; again, it adds nothing. */
tours.add("care_visit_scan", {
    steps: () => [
        {
            content: "The cursor waits in the client's name",
            trigger: ".o_care_intake_form .o_field_widget[name='partner_id'] input",
            run: ({ anchor }) => {
                anchor.focus();
                scan("NO-SUCH-PIECE");
            },
        },
        {
            content: "An unknown number can be registered; the client's name stays as it was",
            trigger: ".o_notification:contains('NO-SUCH-PIECE'):has(button:contains('Register It'))",
            run: () => {
                const { value } = document.querySelector("[name='partner_id'] input");
                if (!value.includes("of the Counter") || value.includes("NO-SUCH")) {
                    throw new Error(`The client's name reads “${value}”`);
                }
            },
        },
        {
            content: "A creation is awaited: the scan is it",
            trigger: ".o_care_visit_new",
            run: "click",
        },
        {
            trigger: `${OPEN} .o_field_widget[name='creation_id'] input`,
            run: ({ anchor }) => {
                anchor.focus();
                scan(RING);
            },
        },
        {
            trigger: `${OPEN}:contains('1 of 1'):contains('${RING}') .o_care_offer`,
        },
        fill("condition_note", "Worn"),
        {
            content: "In the middle of a sentence: it stays whole, and the next piece comes",
            trigger: `${OPEN} .o_field_widget[name='condition_note'] textarea`,
            run: ({ anchor }) => {
                anchor.focus();
                scan(RING);
                scan(BRACELET);
            },
        },
        {
            trigger: `${OPEN}:contains('2 of 2'):contains('${BRACELET}') .o_care_offer`,
        },
        {
            content: "A carrier's number is scanned into its field",
            trigger: ".o_field_widget[name='return_method'] input[data-value='parcel']",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='return_tracking'] input",
            run: ({ anchor }) => {
                anchor.focus();
                scan("1Z-9999");
            },
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: `.o_form_saved .o_care_visit_order:contains('2 of 2'):contains('${BRACELET}')`,
        },
        {
            content: "An envelope leads to its order, as everywhere",
            trigger: ".o_field_widget[name='authorized_collector'] input",
            run: ({ anchor }) => {
                anchor.focus();
                scan("VISIT/TOUR/1");
            },
        },
        {
            trigger: ".o_care_order_form .oe_title:contains('VISIT/TOUR/1')",
        },
    ],
});

/** An advisor holds the creation against the photos of its intake. */
tours.add("care_compare", {
    steps: () => [
        {
            trigger: ".o_care_order_form .o_notebook .nav-link[name='condition']",
            run: "click",
        },
        {
            content: "Open the photo whose marks the client signed for",
            trigger: ".o_care_photos .o_kanban_record:contains('Marks: 2')",
            run: "click",
        },
        {
            content: "It is not offered for deletion any more",
            trigger: ".modal:has(.o_care_marks_board):not(:has(.o_btn_remove))",
        },
        {
            trigger: ".modal .o_form_button_cancel",
            run: "click",
        },
        {
            trigger: ".o_care_order_form .o_notebook .nav-link[name='hand_over']",
            run: "click",
        },
        {
            content: "Before and after, side by side",
            trigger: ".o_care_compare_pair:has(figure:eq(0) .o_care_mark_ring:eq(1)):has(figure:eq(1) img)",
        },
        {
            trigger: ".o_care_compare_marks li[data-number='1'] [data-choice='gone']",
            run: "click",
        },
        {
            trigger: ".o_care_compare_marks li[data-number='1'] [data-choice='gone'][aria-pressed='true']",
        },
        {
            trigger: ".o_care_compare_marks li[data-number='2'] [data-choice='changed']",
            run: "click",
        },
        {
            trigger: ".o_care_compare_marks li[data-number='2'] input",
            // A pause before Tab: keys at once are a scanner's.
            run: "edit Deeper now",
        },
        {
            trigger: ".o_care_compare_marks li[data-number='1'] input",
            run: "click",
        },
        {
            trigger: ".o_care_compare:contains('2 of 2 marks compared')",
        },
        {
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            trigger: ".o_form_saved .o_field_widget[name='is_condition_compared'] input:checked",
        },
    ],
});
