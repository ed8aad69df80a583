import { registry } from "@web/core/registry";
import { SignatureField, signatureField } from "@web/views/fields/signature/signature_field";

/** Odoo's signature, which a keyboard opens as well: Tab leads to it, Enter or the space bar signs. */
export class CareSignature extends SignatureField {
    static template = "cartier_care.CareSignature";
    static props = { ...SignatureField.props, string: { type: String, optional: true } };

    /** A name that has just been typed is the one to sign with: it may be on its way still. */
    async onClickSignature() {
        await this.props.record.isDirty();
        super.onClickSignature();
    }

    onKeydown(ev) {
        if (["Enter", " "].includes(ev.key)) {
            ev.preventDefault();
            this.onClickSignature();
        }
    }
}

registry.category("fields").add("care_signature", {
    ...signatureField,
    component: CareSignature,
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...signatureField.extractProps(fieldInfo, dynamicInfo),
        string: fieldInfo.string,
    }),
});
