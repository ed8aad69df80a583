import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";
import { CareOffer } from "../care_offer/care_offer";

/** What a service may ask of the client beside its name. */
const ASKED_FIELDS = ["adjustment_unit", "requires_proof", "requested_detail"];

/**
 * The lines of an order, edited in place, with the offer above them while the order can change.
 * The button at the end of a line opens all of it in a dialog over the order, saved with the
 * order, instead of leaving the order for another page.
 */
export class CareOrderLines extends X2ManyField {
    static template = "cartier_care.CareOrderLines";
    static components = { ...X2ManyField.components, CareOffer };

    setup() {
        super.setup();
        const openRecord = this._openRecord;
        this._openRecord = (params) => openRecord({ title: this.getTitle(params), ...params });
    }

    /** What the dialog of a line is about, in the words of the button that opens it. */
    getTitle({ record, context }) {
        const { service_id: service, product_id: part } = record?.data || {};
        if (service || part) {
            return (service || part).display_name;
        }
        return context?.default_line_type === "part" ? _t("Add a part") : _t("Add a service");
    }

    get showsOffer() {
        const { data } = this.props.record;
        return !this.props.readonly && ["draft", "received"].includes(data.state);
    }

    get offerProps() {
        const { data } = this.props.record;
        return {
            creationId: data.creation_id?.id || false,
            partnerId: data.partner_id?.id || false,
            companyId: data.company_id?.id || false,
            chosenIds: this.chosenLines.map((line) => line.data.service_id.id),
            startsOpen: !this.chosenLines.length,
            onChoose: this.chooseService.bind(this),
        };
    }

    /** Lines that ask for work; a record of "nothing to mend" leaves the service on offer. */
    get chosenLines() {
        return this.list.records.filter(
            (line) => line.data.service_id && line.data.outcome !== "not_needed"
        );
    }

    switchToForm(record) {
        return this._openRecord({
            record,
            context: this.props.context,
            readonly: this.props.readonly,
        });
    }

    /**
     * Add a service of the offer to the order: at once, or by the line's dialog when the service
     * asks for something.
     *
     * @param {Object} service an entry of the offer
     * @param {boolean} isAlternative whether it is proposed instead of a refused service, and
     *     therefore left to the client's choice
     * @returns {Promise<boolean>} whether the line was added at once
     */
    async chooseService(service, isAlternative) {
        const context = {
            ...this.props.context,
            default_line_type: "service",
            default_service_id: service.service_id,
            default_is_optional: isAlternative,
        };
        await this.list.leaveEditMode();
        if (await this.asksForMore(service)) {
            this._openRecord({ context, title: _t("Add %s", service.name) });
            return false;
        }
        await this.list.addNewRecord({ context, position: "bottom", mode: "readonly" });
        return true;
    }

    async asksForMore(service) {
        const [asked] = await this.env.services.orm.read(
            "care.service",
            [service.service_id],
            ASKED_FIELDS
        );
        return ASKED_FIELDS.some((name) => asked[name]);
    }
}

registry.category("fields").add("care_order_lines", {
    ...x2ManyField,
    component: CareOrderLines,
});
