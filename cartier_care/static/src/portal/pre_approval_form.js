import { onMounted } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { CareSignatureForm } from "@cartier_care/portal/signature_form";

/** A signature for an amount that the client names, while the creation is not yet estimated. */
export class CarePreApprovalForm extends CareSignatureForm {
    setup() {
        super.setup();
        onMounted(() => {
            // A folded field has no size: it is drawn when it is opened.
            const fold = this.rootRef.el.closest("details");
            fold.addEventListener("toggle", () => {
                if (fold.open) {
                    this.signature.resetSignature();
                    this.amount.focus();
                }
            });
        });
    }

    get amount() {
        return this.place.querySelector("#care_pre_approved_amount");
    }

    getAgreed() {
        return { amount: parseFloat(this.amount.value) };
    }
}

registry.category("public_components").add("cartier_care.pre_approval_form", CarePreApprovalForm);
