import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import { makeContext } from "@web/core/context";
import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { FormRenderer } from "@web/views/form/form_renderer";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { x2ManyField } from "@web/views/fields/x2many/x2many_field";

const { DateTime } = luxon;

/**
 * The creations of a visit on one screen: the one at hand lies open with all that the counter asks
 * about it, the others are a line each. What the house has received opens on its own page.
 */
export class CareVisit extends Component {
    static template = "cartier_care.CareVisit";
    static components = { FormRenderer };
    static props = {
        ...standardFieldProps,
        context: Object,
        views: Object,
        "*": true,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.scan = useService("care_scan");
        this.keepLast = new KeepLast();
        this.state = useState({ pieces: [] });
        this.root = useRef("root");
        onWillStart(() => this.loadPieces(this.partnerId));
        onWillUpdateProps(({ record }) => {
            const partnerId = record.data.partner_id?.id;
            if (partnerId !== this.piecesOf) {
                return this.loadPieces(partnerId);
            }
        });
        // What opens is what is asked about now: on a phone it may open above what was tapped.
        useEffect(
            (openId) => {
                if (openId) {
                    const open = this.root.el.querySelector(".o_care_visit_open");
                    open.scrollIntoView({ block: "nearest" });
                }
            },
            () => [this.orders.find((order) => this.isOpen(order))?.id]
        );
        let leave;
        onMounted(() => (leave = this.scan.takeScans((code) => this.onScanned(code))));
        onWillUnmount(() => leave());
    }

    // -------------------------------------------------------------------------
    // What is shown
    // -------------------------------------------------------------------------

    get list() {
        return this.props.record.data[this.props.name];
    }

    /** In the order of the receipt: as they were added. */
    get orders() {
        const getRank = (order) => order.resId || Infinity;
        return [...this.list.records].sort((one, other) => {
            const [first, second] = [getRank(one), getRank(other)];
            return first === second ? 0 : first - second;
        });
    }

    get archInfo() {
        return this.props.views.form;
    }

    get partnerId() {
        return this.props.record.data.partner_id?.id;
    }

    get canAdd() {
        return !this.props.readonly && this.props.record.isInEdition && !this.isSigned;
    }

    /** What comes once the client has signed the receipt takes a visit of its own. */
    get isSigned() {
        const { signature } = this.props.record.data;
        return signature && this.list.records.some((order) => !this.isRequest(order));
    }

    /** The client's pieces that are not on the visit yet. */
    get pieces() {
        const taken = this.list.records.map((order) => order.data.creation_id?.id);
        return this.state.pieces.filter((piece) => !taken.includes(piece.id));
    }

    isRequest(order) {
        return order.data.state === "draft";
    }

    isOpen(order) {
        return order.isInEdition && this.isRequest(order);
    }

    getRank(index) {
        return _t("%(rank)s of %(count)s", { rank: index + 1, count: this.list.records.length });
    }

    getPicture(order) {
        const { creation_id: creation } = order.data;
        return creation ? `/web/image/care.creation/${creation.id}/image_128` : false;
    }

    getName(order) {
        return order.data.creation_id?.display_name || _t("A creation");
    }

    getServices(order) {
        const lines = order.data.line_ids.records.filter(
            (line) => line.data.service_id && line.data.outcome !== "not_needed"
        );
        return lines.map((line) => line.data.service_id.display_name).join(", ");
    }

    getState(order) {
        const options = order.fields.state.selection;
        return options.find(([value]) => value === order.data.state)?.[1];
    }

    getDay(order) {
        const day = order.data.date_promised || order.data.date_expected;
        return day ? day.toLocaleString(DateTime.DATE_MED) : "";
    }

    getTotal(order) {
        const { amount_label: label, currency_id: currency, tax_totals: totals } = order.data;
        const amount = totals?.total_amount_currency;
        if (label) {
            return label;
        }
        return amount ? formatCurrency(amount, currency.id) : "";
    }

    // -------------------------------------------------------------------------
    // What is done
    // -------------------------------------------------------------------------

    async loadPieces(partnerId) {
        this.piecesOf = partnerId;
        this.state.pieces =
            partnerId && this.canAdd
                ? await this.keepLast.add(
                      this.orm.call("care.intake", "get_own_pieces", [partnerId])
                  )
                : [];
    }

    /** Close the creation that lies open, unless something is missing on it. */
    async fold() {
        const isFolded = await this.list.leaveEditMode();
        if (!isFolded) {
            this.notification.add(_t("Complete the creation that lies open first, or remove it."), {
                type: "warning",
            });
        }
        return isFolded;
    }

    async toggle(order) {
        if (!this.isRequest(order)) {
            return this.openPage(order);
        }
        const isOpen = this.isOpen(order);
        if ((await this.fold()) && !isOpen) {
            await order.switchMode("edit");
        }
    }

    /**
     * Add a creation to the visit and lay it open.
     *
     * @param {number} [creationId] a piece that is known already
     */
    async add(creationId) {
        if (!(await this.fold())) {
            return;
        }
        const known = creationId ? { default_creation_id: creationId } : {};
        await this.list.addNewRecord({
            context: makeContext([this.props.context, known]),
            mode: "edit",
            position: "bottom",
        });
        await this.offerReceipt();
    }

    /** A visit that was received has something to receive again, before it is saved. */
    offerReceipt() {
        return this.props.record.update({ is_to_receive: this.list.records.some(this.isRequest) });
    }

    /** Take off what is not saved yet; a saved request is cancelled on its own page. */
    async remove(order) {
        await this.list.delete(order);
        await this.offerReceipt();
    }

    async openPage(order) {
        const { record } = this.props;
        if (await record.save()) {
            await this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "care.order",
                res_id: order.resId,
                views: [[false, "form"]],
            });
        }
    }

    /** Lay a scanned piece open on the visit; any other code leads where it leads elsewhere. */
    async onScanned(code) {
        const creation = await this.orm.call("care.intake", "find_creation", [code]);
        if (!creation.id) {
            return this.followCode(code);
        }
        const known = this.list.records.find((order) => order.data.creation_id?.id === creation.id);
        if (known) {
            return this.isOpen(known) || this.toggle(known);
        }
        if (!this.canAdd) {
            return this.followCode(code);
        }
        const waiting = this.list.records.find(
            (order) => this.isOpen(order) && !order.data.creation_id
        );
        return waiting ? waiting.update({ creation_id: creation }) : this.add(creation.id);
    }

    /** Open what a code of another document leads to, or register the piece that bears it. */
    async followCode(code) {
        const action = await this.orm.call("care.order", "find_by_barcode", [code]);
        if (action.tag !== "display_notification" || !this.canAdd) {
            const { record } = this.props;
            const isKept = !record.dirty || (await record.save());
            return isKept && this.action.doAction(action);
        }
        const close = this.notification.add(_t("No creation bears “%s” yet.", code), {
            type: "warning",
            className: "o_care_asks",
            sticky: true,
            buttons: [
                {
                    name: _t("Register It"),
                    primary: true,
                    onClick: () => {
                        close();
                        this.register(code);
                    },
                },
            ],
        });
    }

    register(number) {
        this.dialog.add(FormViewDialog, {
            resModel: "care.creation",
            title: _t("New creation"),
            context: {
                default_serial_number: number,
                default_partner_id: this.partnerId,
                form_view_ref: "cartier_care.care_creation_view_form_quick",
            },
            onRecordSaved: (creation) => this.onScanned(creation.data.serial_number),
        });
    }
}

registry.category("fields").add("care_visit", {
    ...x2ManyField,
    component: CareVisit,
    displayName: _t("Creations of a visit"),
    supportedTypes: ["one2many"],
});
