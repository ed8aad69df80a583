import { registry } from "@web/core/registry";
import { Mutex } from "@web/core/utils/concurrency";
import { watchFields } from "./care_scan_keys";

/** Fields that are scanned into, such as the number on a carrier's label. */
const KEEPS_SCANS = ".o-barcode-input, .o_care_keeps_scans";

/** Refusals that are sentences for people; anything else is a fault that Odoo reports itself. */
const REFUSALS = new Set([
    "odoo.exceptions.AccessError",
    "odoo.exceptions.MissingError",
    "odoo.exceptions.UserError",
    "odoo.exceptions.ValidationError",
]);

/**
 * Lead what is scanned while a Care screen is open to where it belongs: the screen's own box of
 * codes where there is one, the next operation in the workshop's queue, else the order.
 *
 * Scans come from Odoo's barcode service, which leaves alone what is typed into fields; but the
 * search bar of a list and the first field of a form have the cursor from the start. There scans
 * are told from typing by their speed.
 */
export const careScanService = {
    dependencies: ["action", "barcode", "notification", "orm", "ui"],

    start(env, { action, barcode, notification, orm, ui }) {
        const boxes = [];
        const mutex = new Mutex();
        const underWay = new Set();

        function getScreen() {
            const controller = action.currentController;
            const model = controller?.props?.resModel || controller?.action?.res_model;
            return model?.startsWith("care.") ? { controller, model } : null;
        }

        /** A dialog waits for its own answer. */
        function isForUs() {
            return getScreen() && ui.activeElement === document;
        }

        /** Run what a scan asks for, and say a refusal without stopping the next scan. */
        async function attempt(run) {
            try {
                return await run();
            } catch (error) {
                if (!REFUSALS.has(error.exceptionName)) {
                    throw error;
                }
                notification.add(error.data.message, { type: "danger" });
            }
        }

        async function workOn(code, controller) {
            const result = await orm.call("care.order", "scan_operation", [code]);
            notification.add(result.message, { type: "success" });
            if (action.currentController === controller) {
                await action.doAction("soft_reload");
            }
        }

        async function open(code) {
            await action.doAction(await orm.call("care.order", "find_by_barcode", [code]));
        }

        function handle(code) {
            // Commands of Odoo are not ours.
            if (!isForUs() || /^(OBT|OCD)/.test(code)) {
                return;
            }
            const screen = getScreen();
            // Many scanners read a code twice when the trigger is held.
            if (underWay.has(code)) {
                return;
            }
            underWay.add(code);
            const box = boxes.at(-1);
            return mutex
                .exec(() =>
                    attempt(() => {
                        if (box) {
                            return box(code);
                        }
                        return screen.model === "care.order.operation"
                            ? workOn(code, screen.controller)
                            : open(code);
                    })
                )
                .finally(() => underWay.delete(code));
        }

        barcode.bus.addEventListener("barcode_scanned", (ev) => handle(ev.detail.barcode));

        watchFields(
            (field) => isForUs() && !field.closest(KEEPS_SCANS),
            (code, target) => barcode.bus.trigger("barcode_scanned", { barcode: code, target })
        );

        return {
            /**
             * Let a component take the scans while it is on the screen.
             *
             * @param {(code: string) => Promise<void>} onScanned
             * @returns {() => void} to be called when the component leaves
             */
            takeScans(onScanned) {
                boxes.push(onScanned);
                return () => boxes.splice(boxes.indexOf(onScanned), 1);
            },
        };
    },
};

registry.category("services").add("care_scan", careScanService);
