/** The words of printed documents in the languages that Billwright ships. Data alone. */

/** What a document says in one language; `{…}` are filled in. */
export interface Words {
  readonly invoice: string
  readonly credit_note: string
  readonly number: string
  readonly issued: string
  readonly due: string
  readonly period: string
  readonly for_invoice: string
  readonly reason: string
  readonly bill_to: string
  readonly tax_id: string
  /** Of a tax id that is a VAT identifier. */
  readonly vat_id: string
  readonly description: string
  readonly units: string
  readonly unit_price: string
  readonly amount: string
  readonly subtotal: string
  readonly billed_before: string
  readonly discounts: string
  readonly tax_on: string
  readonly rounding: string
  /** Why a tax of nothing is charged, by its category: what the law has a document say. */
  readonly exemptions: Readonly<Record<Exemption, string>>
  readonly total: string
  readonly credit_notes: string
  readonly prepaid_credits: string
  readonly payments: string
  readonly amount_due: string
  readonly credited: string
  readonly refunded: string
  readonly pay_by: string
  readonly paid: string
  readonly voided: string
  readonly page: string
  readonly days: string
  readonly late_usage: string
  readonly minimum: string
  readonly carried: string
  readonly from_units: string
  readonly packages: string
  readonly free: string
  readonly reasons: Readonly<Record<CreditReason, string>>
}

type CreditReason = "duplicated_charge" | "product_unsatisfactory" | "order_change" | "order_cancellation" | "fraudulent_charge" | "other"

/** Exempt, reverse charge, intra-community supply, export, not subject to VAT: categories of EN 16931. */
export const exemptions = ["E", "AE", "K", "G", "O"] as const
export type Exemption = (typeof exemptions)[number]

export const languages = ["en", "de", "fr", "es", "pt", "nl", "hi"] as const
export type Language = (typeof languages)[number]

export const words: Readonly<Record<Language, Words>> = {
  en: {
    invoice: "Invoice",
    credit_note: "Credit note",
    number: "Number",
    issued: "Issued",
    due: "Due",
    period: "Period",
    for_invoice: "For invoice",
    reason: "Reason",
    bill_to: "Bill to",
    tax_id: "Tax ID",
    vat_id: "VAT number",
    description: "Description",
    units: "Units",
    unit_price: "Unit price",
    amount: "Amount",
    subtotal: "Subtotal",
    billed_before: "Billed before in this period",
    discounts: "Discounts",
    tax_on: "{name} {rate} on {base}",
    rounding: "Rounding",
    exemptions: {
      E: "Exempt from VAT",
      AE: "Reverse charge",
      K: "Intra-Community supply, exempt from VAT",
      G: "Export, exempt from VAT",
      O: "Not subject to VAT"
    },
    total: "Total",
    credit_notes: "Credit notes",
    prepaid_credits: "Prepaid credits",
    payments: "Payments",
    amount_due: "Amount due",
    credited: "Credited",
    refunded: "To be refunded",
    pay_by: "Please pay {amount} by {date}.",
    paid: "Paid",
    voided: "VOID",
    page: "Page {page} of {pages}",
    days: "{days} of {full_days} days",
    late_usage: "Usage of an earlier period that arrived late",
    minimum: "Missing to the minimum spend",
    carried: "Carried over into the period",
    from_units: "{from} to {to}",
    packages: "{count} × {size}",
    free: "{count} free",
    reasons: {
      duplicated_charge: "Duplicate charge",
      product_unsatisfactory: "Unsatisfactory product",
      order_change: "Change of order",
      order_cancellation: "Cancellation",
      fraudulent_charge: "Fraudulent charge",
      other: "Other"
    }
  },
  de: {
    invoice: "Rechnung",
    credit_note: "Gutschrift",
    number: "Nummer",
    issued: "Ausgestellt am",
    due: "Fällig am",
    period: "Zeitraum",
    for_invoice: "Zur Rechnung",
    reason: "Grund",
    bill_to: "Rechnung an",
    tax_id: "Steuernummer",
    vat_id: "USt-IdNr.",
    description: "Beschreibung",
    units: "Menge",
    unit_price: "Einzelpreis",
    amount: "Betrag",
    subtotal: "Zwischensumme",
    billed_before: "In diesem Zeitraum bereits berechnet",
    discounts: "Rabatte",
    tax_on: "{name} {rate} auf {base}",
    rounding: "Rundung",
    exemptions: {
      E: "Steuerfrei",
      AE: "Steuerschuldnerschaft des Leistungsempfängers",
      K: "Steuerfreie innergemeinschaftliche Lieferung",
      G: "Steuerfreie Ausfuhrlieferung",
      O: "Nicht steuerbar"
    },
    total: "Gesamtbetrag",
    credit_notes: "Gutschriften",
    prepaid_credits: "Guthaben",
    payments: "Zahlungen",
    amount_due: "Zu zahlen",
    credited: "Gutgeschrieben",
    refunded: "Zu erstatten",
    pay_by: "Bitte zahlen Sie {amount} bis zum {date}.",
    paid: "Bezahlt",
    voided: "STORNIERT",
    page: "Seite {page} von {pages}",
    days: "{days} von {full_days} Tagen",
    late_usage: "Verspätet gemeldeter Verbrauch eines früheren Zeitraums",
    minimum: "Fehlbetrag zum Mindestumsatz",
    carried: "In den Zeitraum übernommen",
    from_units: "{from} bis {to}",
    packages: "{count} × {size}",
    free: "{count} frei",
    reasons: {
      duplicated_charge: "Doppelte Berechnung",
      product_unsatisfactory: "Mangelhafte Leistung",
      order_change: "Änderung der Bestellung",
      order_cancellation: "Kündigung",
      fraudulent_charge: "Betrügerische Belastung",
      other: "Sonstiges"
    }
  },
  fr: {
    invoice: "Facture",
    credit_note: "Avoir",
    number: "Numéro",
    issued: "Émise le",
    due: "Échéance",
    period: "Période",
    for_invoice: "Pour la facture",
    reason: "Motif",
    bill_to: "Facturé à",
    tax_id: "N° fiscal",
    vat_id: "N° de TVA",
    description: "Désignation",
    units: "Quantité",
    unit_price: "Prix unitaire",
    amount: "Montant",
    subtotal: "Sous-total",
    billed_before: "Déjà facturé pendant cette période",
    discounts: "Remises",
    tax_on: "{name} {rate} sur {base}",
    rounding: "Arrondi",
    exemptions: {
      E: "Exonéré de TVA",
      AE: "Autoliquidation",
      K: "Livraison intracommunautaire, exonérée de TVA",
      G: "Exportation, exonérée de TVA",
      O: "Hors du champ de la TVA"
    },
    total: "Total",
    credit_notes: "Avoirs",
    prepaid_credits: "Crédits prépayés",
    payments: "Paiements",
    amount_due: "Net à payer",
    credited: "Montant crédité",
    refunded: "À rembourser",
    pay_by: "Merci de régler {amount} avant le {date}.",
    paid: "Payée",
    voided: "ANNULÉE",
    page: "Page {page} sur {pages}",
    days: "{days} jours sur {full_days}",
    late_usage: "Consommation d’une période antérieure reçue tardivement",
    minimum: "Complément au minimum de facturation",
    carried: "Reporté sur la période",
    from_units: "de {from} à {to}",
    packages: "{count} × {size}",
    free: "{count} gratuits",
    reasons: {
      duplicated_charge: "Facturation en double",
      product_unsatisfactory: "Prestation non satisfaisante",
      order_change: "Modification de la commande",
      order_cancellation: "Annulation de la commande",
      fraudulent_charge: "Débit frauduleux",
      other: "Autre"
    }
  },
  es: {
    invoice: "Factura",
    credit_note: "Nota de crédito",
    number: "Número",
    issued: "Fecha de emisión",
    due: "Vencimiento",
    period: "Periodo",
    for_invoice: "De la factura",
    reason: "Motivo",
    bill_to: "Facturar a",
    tax_id: "NIF",
    vat_id: "NIF-IVA",
    description: "Descripción",
    units: "Cantidad",
    unit_price: "Precio unitario",
    amount: "Importe",
    subtotal: "Subtotal",
    billed_before: "Ya facturado en este periodo",
    discounts: "Descuentos",
    tax_on: "{name} {rate} sobre {base}",
    rounding: "Redondeo",
    exemptions: {
      E: "Exento de IVA",
      AE: "Inversión del sujeto pasivo",
      K: "Entrega intracomunitaria, exenta de IVA",
      G: "Exportación, exenta de IVA",
      O: "No sujeto a IVA"
    },
    total: "Total",
    credit_notes: "Notas de crédito",
    prepaid_credits: "Saldo prepagado",
    payments: "Pagos",
    amount_due: "Importe a pagar",
    credited: "Abonado",
    refunded: "A reembolsar",
    pay_by: "Rogamos el pago de {amount} antes del {date}.",
    paid: "Pagada",
    voided: "ANULADA",
    page: "Página {page} de {pages}",
    days: "{days} de {full_days} días",
    late_usage: "Consumo de un periodo anterior recibido tarde",
    minimum: "Diferencia hasta el consumo mínimo",
    carried: "Arrastrado al periodo",
    from_units: "de {from} a {to}",
    packages: "{count} × {size}",
    free: "{count} gratis",
    reasons: {
      duplicated_charge: "Cargo duplicado",
      product_unsatisfactory: "Producto insatisfactorio",
      order_change: "Cambio del pedido",
      order_cancellation: "Cancelación",
      fraudulent_charge: "Cargo fraudulento",
      other: "Otro"
    }
  },
  pt: {
    invoice: "Fatura",
    credit_note: "Nota de crédito",
    number: "Número",
    issued: "Data de emissão",
    due: "Vencimento",
    period: "Período",
    for_invoice: "Da fatura",
    reason: "Motivo",
    bill_to: "Faturar a",
    tax_id: "N.º fiscal",
    vat_id: "N.º de IVA",
    description: "Descrição",
    units: "Quantidade",
    unit_price: "Preço unitário",
    amount: "Valor",
    subtotal: "Subtotal",
    billed_before: "Já faturado neste período",
    discounts: "Descontos",
    tax_on: "{name} {rate} sobre {base}",
    rounding: "Arredondamento",
    exemptions: {
      E: "Isento de IVA",
      AE: "IVA – autoliquidação",
      K: "Transmissão intracomunitária, isenta de IVA",
      G: "Exportação, isenta de IVA",
      O: "Não sujeito a IVA"
    },
    total: "Total",
    credit_notes: "Notas de crédito",
    prepaid_credits: "Créditos pré-pagos",
    payments: "Pagamentos",
    amount_due: "Valor a pagar",
    credited: "Creditado",
    refunded: "A reembolsar",
    pay_by: "Solicitamos o pagamento de {amount} até {date}.",
    paid: "Paga",
    voided: "ANULADA",
    page: "Página {page} de {pages}",
    days: "{days} de {full_days} dias",
    late_usage: "Consumo de um período anterior recebido com atraso",
    minimum: "Diferença para o consumo mínimo",
    carried: "Transportado para o período",
    from_units: "de {from} a {to}",
    packages: "{count} × {size}",
    free: "{count} grátis",
    reasons: {
      duplicated_charge: "Cobrança em duplicado",
      product_unsatisfactory: "Produto insatisfatório",
      order_change: "Alteração do pedido",
      order_cancellation: "Cancelamento",
      fraudulent_charge: "Cobrança fraudulenta",
      other: "Outro"
    }
  },
  nl: {
    invoice: "Factuur",
    credit_note: "Creditnota",
    number: "Nummer",
    issued: "Factuurdatum",
    due: "Vervaldatum",
    period: "Periode",
    for_invoice: "Bij factuur",
    reason: "Reden",
    bill_to: "Factuur aan",
    tax_id: "Fiscaal nummer",
    vat_id: "Btw-nummer",
    description: "Omschrijving",
    units: "Aantal",
    unit_price: "Prijs per stuk",
    amount: "Bedrag",
    subtotal: "Subtotaal",
    billed_before: "Al gefactureerd in deze periode",
    discounts: "Kortingen",
    tax_on: "{name} {rate} over {base}",
    rounding: "Afronding",
    exemptions: {
      E: "Vrijgesteld van btw",
      AE: "Btw verlegd",
      K: "Intracommunautaire levering, vrijgesteld van btw",
      G: "Uitvoer, vrijgesteld van btw",
      O: "Niet onderworpen aan btw"
    },
    total: "Totaal",
    credit_notes: "Creditnota’s",
    prepaid_credits: "Vooruitbetaald tegoed",
    payments: "Betalingen",
    amount_due: "Te betalen",
    credited: "Gecrediteerd",
    refunded: "Terug te betalen",
    pay_by: "Gelieve {amount} te betalen vóór {date}.",
    paid: "Betaald",
    voided: "VERVALLEN",
    page: "Pagina {page} van {pages}",
    days: "{days} van {full_days} dagen",
    late_usage: "Laat ontvangen verbruik van een eerdere periode",
    minimum: "Aanvulling tot het minimumbedrag",
    carried: "Meegenomen naar de periode",
    from_units: "{from} tot {to}",
    packages: "{count} × {size}",
    free: "{count} gratis",
    reasons: {
      duplicated_charge: "Dubbele facturering",
      product_unsatisfactory: "Onvoldoende product",
      order_change: "Wijziging van de bestelling",
      order_cancellation: "Annulering",
      fraudulent_charge: "Frauduleuze afschrijving",
      other: "Overig"
    }
  },
  hi: {
    invoice: "चालान",
    credit_note: "क्रेडिट नोट",
    number: "संख्या",
    issued: "जारी करने की तिथि",
    due: "देय तिथि",
    period: "अवधि",
    for_invoice: "चालान के लिए",
    reason: "कारण",
    bill_to: "बिल प्राप्तकर्ता",
    tax_id: "कर पहचान संख्या",
    vat_id: "वैट संख्या",
    description: "विवरण",
    units: "मात्रा",
    unit_price: "इकाई मूल्य",
    amount: "राशि",
    subtotal: "उप-योग",
    billed_before: "इस अवधि में पहले बिल किया गया",
    discounts: "छूट",
    tax_on: "{name} {rate}, {base} पर",
    rounding: "पूर्णांकन",
    exemptions: {
      E: "वैट से मुक्त",
      AE: "रिवर्स चार्ज",
      K: "यूरोपीय संघ के भीतर आपूर्ति, वैट से मुक्त",
      G: "निर्यात, वैट से मुक्त",
      O: "वैट के अधीन नहीं"
    },
    total: "कुल",
    credit_notes: "क्रेडिट नोट",
    prepaid_credits: "पूर्वभुगतान क्रेडिट",
    payments: "भुगतान",
    amount_due: "देय राशि",
    credited: "जमा की गई राशि",
    refunded: "वापस की जाने वाली राशि",
    pay_by: "कृपया {date} तक {amount} का भुगतान करें।",
    paid: "भुगतान हो गया",
    voided: "रद्द",
    page: "पृष्ठ {page} / {pages}",
    days: "{full_days} में से {days} दिन",
    late_usage: "पिछली अवधि का देर से प्राप्त उपयोग",
    minimum: "न्यूनतम राशि में कमी",
    carried: "अवधि में आगे लाया गया",
    from_units: "{from} से {to}",
    packages: "{count} × {size}",
    free: "{count} निःशुल्क",
    reasons: {
      duplicated_charge: "दोहरा शुल्क",
      product_unsatisfactory: "असंतोषजनक उत्पाद",
      order_change: "ऑर्डर में परिवर्तन",
      order_cancellation: "ऑर्डर रद्द",
      fraudulent_charge: "धोखाधड़ी वाला शुल्क",
      other: "अन्य"
    }
  }
}
