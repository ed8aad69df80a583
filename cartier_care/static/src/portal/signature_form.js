import { onMounted, onPatched } from "@odoo/owl";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { NameAndSignature } from "@web/core/signature/name_and_signature";
import { redirect } from "@web/core/utils/urls";
import { SignatureForm } from "@portal/signature_form/signature_form";

/**
 * Odoo's name and signature, that wait until somebody comes to them: Odoo's own take the focus as
 * soon as they are there, which leads readers past all that they are to sign.
 */
class CareNameAndSignature extends NameAndSignature {
    setup() {
        // A field that is disabled for the moment cannot take the focus.
        onMounted(() => this.setNameDisabled(true));
        super.setup();
        onMounted(() => this.setNameDisabled(false));
    }

    setNameDisabled(isDisabled) {
        if (this.signNameInputRef.el) {
            this.signNameInputRef.el.disabled = isDisabled;
        }
    }

    /** Nor is the focus taken when the field is drawn anew. */
    focusName() {}
}

/**
 * Odoo's name and signature, sent together with what the client signs for. Here that is what the
 * client chose on an estimate and the total that the client has seen: the server approves that
 * total or none.
 */
export class CareSignatureForm extends SignatureForm {
    static components = { ...SignatureForm.components, NameAndSignature: CareNameAndSignature };

    setup() {
        super.setup();
        this.isSending = false;
        onMounted(() => this.nameControls());
        onPatched(() => this.nameControls());
    }

    /** The part of the page that is signed; it carries the token of the link, if there is one. */
    get place() {
        return this.rootRef.el.closest("[data-token]");
    }

    /** What is signed, beside the name and the signature. */
    getAgreed() {
        const taken = this.place.querySelectorAll(".o_care_option:checked");
        return {
            accepted_line_ids: [...taken].map((option) => parseInt(option.value)),
            total: parseFloat(this.place.dataset.total),
        };
    }

    /** Says in words, for readers of screens, what the pictures on the buttons say to others. */
    nameControls() {
        const names = {
            ".o_web_sign_draw_clear a": this.props.clearLabel,
            ".o_web_sign_auto_select_style button": this.props.styleLabel,
            ".o_web_sign_load_file button": this.props.loadLabel,
            "canvas.o_web_sign_signature": this.props.canvasLabel,
        };
        for (const [selector, name] of Object.entries(names)) {
            const element = this.rootRef.el?.querySelector(selector);
            if (element && name) {
                element.setAttribute("aria-label", name);
            }
        }
        this.rootRef.el?.querySelector("canvas")?.setAttribute("role", "img");
        this.rootRef.el
            ?.querySelector(".o_web_sign_name_input")
            ?.setAttribute("maxlength", "100");
    }

    async onClickSubmit() {
        if (this.isSending) {
            return;
        }
        this.isSending = true;
        this.state.error = false;
        const place = this.place;
        try {
            const answer = await rpc(this.props.callUrl, {
                access_token: place.dataset.token || null,
                csrf_token: this.csrfToken,
                name: this.signature.name,
                signature: this.signature.getSignatureImage().split(",")[1] || "",
                ...this.getAgreed(),
            });
            if (answer.redirect_url) {
                redirect(answer.redirect_url);
                return;
            }
            this.state.error = answer.error || false;
            place.dispatchEvent(new CustomEvent("care-refresh"));
        } finally {
            this.isSending = false;
        }
    }
}

registry.category("public_components").add("cartier_care.signature_form", CareSignatureForm);
