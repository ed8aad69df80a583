import { Component, onWillStart, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat, formatInteger, formatPercentage } from "@web/views/fields/formatters";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/**
 * The page that a care manager opens first thing: a few figures read in one call, each of which
 * opens the list behind it.
 */
export class CareDashboard extends Component {
    static template = "cartier_care.CareDashboard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ today: false, currency_id: false, sections: [] });
        onWillStart(() => this.load());
    }

    async load() {
        Object.assign(this.state, await this.orm.call("care.dashboard", "get_figures", []));
    }

    get day() {
        return deserializeDate(this.state.today).toLocaleString({
            weekday: "long",
            day: "numeric",
            month: "long",
        });
    }

    format(figure, value) {
        if (value === false) {
            return "–";
        }
        switch (figure.type) {
            case "money":
                return formatCurrency(value, this.state.currency_id);
            case "days":
                return _t("%s days", formatFloat(value, { digits: [16, 1] }));
            case "share":
                return formatPercentage(value, { digits: [16, 0] });
        }
        return formatInteger(value);
    }

    /** What stands in small type under a figure: last month's, or how many it is the sum of. */
    getNote(figure) {
        if ("before" in figure) {
            return _t("%s last month", this.format(figure, figure.before));
        }
        if (figure.noun === "invoice") {
            return figure.note === 1
                ? _t("1 invoice")
                : _t("%s invoices", formatInteger(figure.note));
        }
        if ("note" in figure) {
            return figure.note === 1 ? _t("1 order") : _t("%s orders", formatInteger(figure.note));
        }
        return "";
    }

    open(figure) {
        return this.action.doAction(figure.action);
    }
}

registry.category("actions").add("cartier_care.dashboard", CareDashboard);
