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
        this.state = useState({ code: "", said: "", type: "", about: undefined });
        this.last = Promise.resolve();
        let leave;
        onMounted(() => (leave = this.scan.takeScans((code) => this.onScanned(code))));
        onWillUnmount(() => leave());
    }

    get placeholder() {
        return this.props.placeholder || _t("Scan an envelope, or type its number");
    }

    /** What came of the last code: gone once the record has moved on, of which it says nothing. */
    get said() {
        return this.state.about === this.recordState ? this.state.said : "";
    }

    get recordState() {
        return this.props.record.data.state;
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
            this.say(result.message, result.type);
        } catch (error) {
            this.say(error.data?.message || "", "danger");
            if (!error.data?.message) {
                throw error;
            }
        }
    }

    say(said, type) {
        Object.assign(this.state, { said, type, about: this.recordState });
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
