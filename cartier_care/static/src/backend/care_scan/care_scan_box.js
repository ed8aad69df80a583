import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/**
 * Where codes arrive on a form: by the scanner, wherever the cursor is, or by the keyboard. Each
 * one calls `scan_envelope` of the record and shows what came of it.
 */
export class CareScanBox extends Component {
    static template = "cartier_care.CareScanBox";
    static props = {
        ...standardWidgetProps,
        placeholder: { type: String, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.scan = useService("care_scan");
        this.state = useState({ code: "", said: "", type: "" });
        this.last = Promise.resolve();
        let leave;
        onMounted(() => (leave = this.scan.takeScans((code) => this.onScanned(code))));
        onWillUnmount(() => leave());
    }

    get placeholder() {
        return this.props.placeholder || _t("Scan an envelope, or type its number");
    }

    /** Take codes one after the other: a scanner is quicker than the screen. */
    onScanned(code) {
        const sent = this.last.then(() => this.send(code));
        // Who scanned is told of a failure; the next code is sent all the same.
        this.last = sent.catch(() => undefined);
        return sent;
    }

    /** Send a code to the record, and say what came of it once the screen shows it. */
    async send(code) {
        const { record } = this.props;
        if ((record.isNew || record.dirty) && !(await record.save())) {
            return;
        }
        try {
            const result = await this.orm.call(record.resModel, "scan_envelope", [
                [record.resId],
                code,
            ]);
            await record.load();
            Object.assign(this.state, { said: result.message, type: result.type });
        } catch (error) {
            Object.assign(this.state, { said: error.data?.message || "", type: "danger" });
            if (!error.data?.message) {
                throw error;
            }
        }
    }

    async onSubmit() {
        const code = this.state.code.trim();
        this.state.code = "";
        if (code) {
            await this.onScanned(code);
        }
    }
}

registry.category("view_widgets").add("care_scan_box", {
    component: CareScanBox,
    extractProps: ({ attrs }) => ({ placeholder: attrs.placeholder }),
});
