import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { normalizedMatch } from "@web/core/l10n/utils";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";

const FREE_ORIGINS = ["complimentary", "first_complimentary", "included", "warranty"];

/**
 * What a creation may have, what each service would cost today and why, and why the others are
 * not offered. It proposes and never chooses: only a click adds a service.
 */
export class CareOffer extends Component {
    static template = "cartier_care.CareOffer";
    static props = {
        creationId: { type: [Number, Boolean], optional: true },
        partnerId: { type: [Number, Boolean], optional: true },
        companyId: { type: [Number, Boolean], optional: true },
        chosenIds: { type: Array, element: Number },
        startsOpen: Boolean,
        onChoose: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({
            offer: [],
            categories: [],
            isOpen: this.props.startsOpen,
            query: "",
            said: "",
        });
        onWillStart(() => this.load(this.props));
        onWillUpdateProps((next) => {
            const names = ["creationId", "partnerId", "companyId"];
            if (names.some((name) => next[name] !== this.props[name])) {
                return this.load(next);
            }
        });
    }

    /** Read the offer of the creation; the last creation that was chosen wins. */
    async load(props) {
        if (!props.creationId) {
            this.state.offer = [];
            return;
        }
        const [offer, categories] = await this.keepLast.add(
            Promise.all([
                this.orm.call("care.service", "get_offer", [
                    props.creationId,
                    { partner_id: props.partnerId, company_id: props.companyId },
                ]),
                this.orm.searchRead("care.service.category", [], ["code", "name"]),
            ])
        );
        this.state.offer = offer;
        this.state.categories = categories;
        this.state.said = "";
        this.state.query = "";
    }

    matches(service) {
        return normalizedMatch(service.name, this.state.query.trim()).start >= 0;
    }

    get groups() {
        return this.state.categories
            .map((category) => ({
                ...category,
                services: this.state.offer.filter(
                    (service) =>
                        service.eligible &&
                        service.category === category.code &&
                        this.matches(service)
                ),
            }))
            .filter((category) => category.services.length);
    }

    get refused() {
        return this.state.offer.filter((service) => !service.eligible && this.matches(service));
    }

    /** What Enter adds: the first service that the typed letters leave. */
    get first() {
        const found = this.groups.flatMap((group) => group.services);
        return this.state.query.trim() && found.find((service) => !this.isChosen(service));
    }

    isChosen(service) {
        return this.props.chosenIds.includes(service.service_id);
    }

    getLabel(service) {
        return this.isChosen(service)
            ? _t("Added: %s", service.name)
            : _t("Add %s", service.name);
    }

    getPrice(service) {
        if (FREE_ORIGINS.includes(service.price_origin)) {
            return _t("Complimentary");
        }
        if (service.price_origin === "to_estimate") {
            return _t("On request");
        }
        const price = formatCurrency(service.price, service.currency_id);
        return service.price_is_minimum ? _t("From %s", price) : price;
    }

    getReasons(service) {
        const text = service.reasons.map((reason) => reason.replace(/\.$/, "")).join("; ");
        return `${text.charAt(0).toLocaleUpperCase()}${text.slice(1)}.`;
    }

    /** The alternative, unless it is refused as well or chosen already. */
    getAlternative(service) {
        return this.state.offer.find(
            (other) => other.code === service.alternative && other.eligible && !this.isChosen(other)
        );
    }

    toggle() {
        this.state.isOpen = !this.state.isOpen;
    }

    onFindInput() {
        this.state.isOpen = true;
    }

    async onFindKeydown(ev) {
        if (ev.key === "Enter" && this.state.query.trim()) {
            ev.preventDefault();
            ev.stopPropagation();
            const { first } = this;
            if (first) {
                Object.assign(this.state, { query: "", isOpen: false });
                await this.choose(first);
            }
        } else if (ev.key === "Escape" && this.state.query) {
            ev.stopPropagation();
            this.state.query = "";
        }
    }

    async choose(service, isAlternative = false) {
        if (this.isChosen(service)) {
            return;
        }
        const isAdded = await this.props.onChoose(service, isAlternative);
        this.state.said = isAdded ? _t("%s is on the order.", service.name) : "";
    }
}
