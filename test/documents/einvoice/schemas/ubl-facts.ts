/**
 * Facts of UBL 2.1 (OASIS Standard): what stands in an invoice, a credit note and the aggregates that either is made of here, in its order.
 * A name alone is a basic element (`cbc`), its last word is its data type; `?` none or one, `*` any, `+` at least one.
 */

const head = "ext:UBLExtensions? UBLVersionID? CustomizationID? ProfileID? ProfileExecutionID? ID CopyIndicator? UUID? IssueDate IssueTime?"
const currencies = `DocumentCurrencyCode? TaxCurrencyCode? PricingCurrencyCode? PaymentCurrencyCode? PaymentAlternativeCurrencyCode?
  AccountingCostCode? AccountingCost? LineCountNumeric? BuyerReference? cac:InvoicePeriod*`
const parties = `cac:Signature* cac:AccountingSupplierParty cac:AccountingCustomerParty cac:PayeeParty? cac:BuyerCustomerParty?
  cac:SellerSupplierParty? cac:TaxRepresentativeParty? cac:Delivery*`
const rates = "cac:TaxExchangeRate? cac:PricingExchangeRate? cac:PaymentExchangeRate? cac:PaymentAlternativeExchangeRate?"

export const documents = {
  Invoice: `${head} DueDate? InvoiceTypeCode? Note* TaxPointDate? ${currencies} cac:OrderReference? cac:BillingReference*
    cac:DespatchDocumentReference* cac:ReceiptDocumentReference* cac:StatementDocumentReference* cac:OriginatorDocumentReference*
    cac:ContractDocumentReference* cac:AdditionalDocumentReference* cac:ProjectReference* ${parties} cac:DeliveryTerms? cac:PaymentMeans*
    cac:PaymentTerms* cac:PrepaidPayment* cac:AllowanceCharge* ${rates} cac:TaxTotal* cac:WithholdingTaxTotal* cac:LegalMonetaryTotal
    cac:InvoiceLine+`,
  CreditNote: `${head} TaxPointDate? CreditNoteTypeCode? Note* ${currencies} cac:DiscrepancyResponse* cac:OrderReference?
    cac:BillingReference* cac:DespatchDocumentReference* cac:ReceiptDocumentReference* cac:ContractDocumentReference*
    cac:AdditionalDocumentReference* cac:StatementDocumentReference* cac:OriginatorDocumentReference* ${parties} cac:DeliveryTerms*
    cac:PaymentMeans* cac:PaymentTerms* ${rates} cac:AllowanceCharge* cac:TaxTotal* cac:LegalMonetaryTotal cac:CreditNoteLine+`
} as const

const lineHead = "TaxPointDate? AccountingCostCode? AccountingCost? PaymentPurposeCode? FreeOfChargeIndicator? cac:InvoicePeriod*"
const lineReferences = `cac:DespatchLineReference* cac:ReceiptLineReference* cac:BillingReference* cac:DocumentReference*
  cac:PricingReference? cac:OriginatorParty? cac:Delivery* cac:PaymentTerms*`

export const aggregates: Readonly<Record<string, string>> = {
  Address: `ID? AddressTypeCode? AddressFormatCode? Postbox? Floor? Room? StreetName? AdditionalStreetName? BlockName? BuildingName?
    BuildingNumber? InhouseMail? Department? MarkAttention? MarkCare? PlotIdentification? CitySubdivisionName? CityName? PostalZone?
    CountrySubentity? CountrySubentityCode? Region? District? TimezoneOffset? cac:AddressLine* cac:Country? cac:LocationCoordinate*`,
  AddressLine: "Line",
  AllowanceCharge: `ID? ChargeIndicator AllowanceChargeReasonCode? AllowanceChargeReason* MultiplierFactorNumeric? PrepaidIndicator?
    SequenceNumeric? Amount BaseAmount? AccountingCostCode? AccountingCost? PerUnitAmount? cac:TaxCategory* cac:TaxTotal?
    cac:PaymentMeans*`,
  Attachment: "EmbeddedDocumentBinaryObject? cac:ExternalReference?",
  BillingReference: `cac:InvoiceDocumentReference? cac:SelfBilledInvoiceDocumentReference? cac:CreditNoteDocumentReference?
    cac:SelfBilledCreditNoteDocumentReference? cac:DebitNoteDocumentReference? cac:ReminderDocumentReference?
    cac:AdditionalDocumentReference? cac:BillingReferenceLine*`,
  BillingReferenceLine: "ID Amount? cac:AllowanceCharge*",
  Contact: "ID? Name? Telephone? Telefax? ElectronicMail? Note* cac:OtherCommunication*",
  Country: "IdentificationCode? Name?",
  CreditNoteLine: `ID UUID? Note* CreditedQuantity? LineExtensionAmount? ${lineHead} cac:OrderLineReference* cac:DiscrepancyResponse*
    ${lineReferences} cac:TaxTotal* cac:AllowanceCharge* cac:Item? cac:Price? cac:DeliveryTerms* cac:SubCreditNoteLine*
    cac:ItemPriceExtension?`,
  CustomerParty: `CustomerAssignedAccountID? SupplierAssignedAccountID? AdditionalAccountID* cac:Party? cac:DeliveryContact?
    cac:AccountingContact? cac:BuyerContact?`,
  Delivery: `ID? Quantity? MinimumQuantity? MaximumQuantity? ActualDeliveryDate? ActualDeliveryTime? LatestDeliveryDate?
    LatestDeliveryTime? ReleaseID? TrackingID? cac:DeliveryAddress? cac:DeliveryLocation? cac:AlternativeDeliveryLocation?
    cac:RequestedDeliveryPeriod? cac:PromisedDeliveryPeriod? cac:EstimatedDeliveryPeriod? cac:CarrierParty? cac:DeliveryParty?
    cac:NotifyParty* cac:Despatch? cac:DeliveryTerms* cac:MinimumDeliveryUnit? cac:MaximumDeliveryUnit? cac:Shipment?`,
  DocumentReference: `ID CopyIndicator? UUID? IssueDate? IssueTime? DocumentTypeCode? DocumentType? XPath* LanguageID? LocaleCode?
    VersionID? DocumentStatusCode? DocumentDescription* cac:Attachment? cac:ValidityPeriod? cac:IssuerParty? cac:ResultOfVerification?`,
  InvoiceLine: `ID UUID? Note* InvoicedQuantity? LineExtensionAmount ${lineHead} cac:OrderLineReference* ${lineReferences}
    cac:AllowanceCharge* cac:TaxTotal* cac:WithholdingTaxTotal* cac:Item cac:Price? cac:DeliveryTerms? cac:SubInvoiceLine*
    cac:ItemPriceExtension?`,
  Item: `Description* PackQuantity? PackSizeNumeric? CatalogueIndicator? Name? HazardousRiskIndicator? AdditionalInformation* Keyword*
    BrandName* ModelName* cac:BuyersItemIdentification? cac:SellersItemIdentification? cac:ManufacturersItemIdentification*
    cac:StandardItemIdentification? cac:CatalogueItemIdentification? cac:AdditionalItemIdentification* cac:CatalogueDocumentReference?
    cac:ItemSpecificationDocumentReference* cac:OriginCountry? cac:CommodityClassification* cac:TransactionConditions*
    cac:HazardousItem* cac:ClassifiedTaxCategory* cac:AdditionalItemProperty* cac:ManufacturerParty*
    cac:InformationContentProviderParty? cac:OriginAddress* cac:ItemInstance* cac:Certificate* cac:Dimension*`,
  Location: `ID? Description* Conditions* CountrySubentity? CountrySubentityCode? LocationTypeCode? InformationURI? Name?
    cac:ValidityPeriod* cac:Address? cac:SubsidiaryLocation* cac:LocationCoordinate*`,
  MonetaryTotal: `LineExtensionAmount? TaxExclusiveAmount? TaxInclusiveAmount? AllowanceTotalAmount? ChargeTotalAmount? PrepaidAmount?
    PayableRoundingAmount? PayableAmount PayableAlternativeAmount?`,
  OrderReference: "ID SalesOrderID? CopyIndicator? UUID? IssueDate? IssueTime? CustomerReference? OrderTypeCode? cac:DocumentReference?",
  Party: `MarkCareIndicator? MarkAttentionIndicator? WebsiteURI? LogoReferenceID? EndpointID? IndustryClassificationCode?
    cac:PartyIdentification* cac:PartyName* cac:Language? cac:PostalAddress? cac:PhysicalLocation? cac:PartyTaxScheme*
    cac:PartyLegalEntity* cac:Contact? cac:Person* cac:AgentParty? cac:ServiceProviderParty* cac:PowerOfAttorney* cac:FinancialAccount?`,
  PartyIdentification: "ID",
  PartyLegalEntity: `RegistrationName? CompanyID? RegistrationDate? RegistrationExpirationDate? CompanyLegalFormCode? CompanyLegalForm?
    SoleProprietorshipIndicator? CompanyLiquidationStatusCode? CorporateStockAmount? FullyPaidSharesIndicator? cac:RegistrationAddress?
    cac:CorporateRegistrationScheme? cac:HeadOfficeParty? cac:ShareholderParty*`,
  PartyName: "Name",
  PartyTaxScheme: "RegistrationName? CompanyID? TaxLevelCode? ExemptionReasonCode? ExemptionReason* cac:RegistrationAddress? cac:TaxScheme",
  PaymentMeans: `ID? PaymentMeansCode PaymentDueDate? PaymentChannelCode? InstructionID? InstructionNote* PaymentID* cac:CardAccount?
    cac:PayerFinancialAccount? cac:PayeeFinancialAccount? cac:CreditAccount? cac:PaymentMandate? cac:TradeFinancing?`,
  PaymentTerms: `ID? PaymentMeansID* PrepaidPaymentReferenceID? Note* ReferenceEventCode? SettlementDiscountPercent?
    PenaltySurchargePercent? PaymentPercent? Amount? SettlementDiscountAmount? PenaltyAmount? PaymentTermsDetailsURI? PaymentDueDate?
    InstallmentDueDate? InvoicingPartyReference? cac:SettlementPeriod? cac:PenaltyPeriod? cac:ExchangeRate? cac:ValidityPeriod?`,
  Period: "StartDate? StartTime? EndDate? EndTime? DurationMeasure? DescriptionCode* Description*",
  Price: `PriceAmount BaseQuantity? PriceChangeReason* PriceTypeCode? PriceType? OrderableUnitFactorRate? cac:ValidityPeriod*
    cac:PriceList? cac:AllowanceCharge* cac:PricingExchangeRate?`,
  SupplierParty: `CustomerAssignedAccountID? AdditionalAccountID* DataSendingCapability? cac:Party? cac:DespatchContact?
    cac:AccountingContact? cac:SellerContact?`,
  TaxCategory: `ID? Name? Percent? BaseUnitMeasure? PerUnitAmount? TaxExemptionReasonCode? TaxExemptionReason* TierRange?
    TierRatePercent? cac:TaxScheme`,
  TaxScheme: "ID? Name? TaxTypeCode? CurrencyCode? cac:JurisdictionRegionAddress*",
  TaxSubtotal: `TaxableAmount? TaxAmount CalculationSequenceNumeric? TransactionCurrencyTaxAmount? Percent? BaseUnitMeasure?
    PerUnitAmount? TierRange? TierRatePercent? cac:TaxCategory`,
  TaxTotal: "TaxAmount RoundingAmount? TaxEvidenceIndicator? TaxIncludedIndicator? cac:TaxSubtotal*"
}

/** Elements that are named otherwise than the aggregate that they are. */
export const elementsOf: Readonly<Record<string, string>> = {
  Address: "DeliveryAddress PostalAddress",
  Contact: "AccountingContact BuyerContact DeliveryContact DespatchContact",
  CustomerParty: "AccountingCustomerParty BuyerCustomerParty",
  DocumentReference: `AdditionalDocumentReference ContractDocumentReference CreditNoteDocumentReference DebitNoteDocumentReference
    DespatchDocumentReference InvoiceDocumentReference`,
  Location: "AlternativeDeliveryLocation DeliveryLocation",
  MonetaryTotal: "LegalMonetaryTotal",
  Party: "AgentParty CarrierParty DeliveryParty PayeeParty TaxRepresentativeParty",
  Period: "EstimatedDeliveryPeriod InvoicePeriod ValidityPeriod",
  SupplierParty: "AccountingSupplierParty SellerSupplierParty",
  TaxCategory: "ClassifiedTaxCategory",
  TaxTotal: "WithholdingTaxTotal"
}

/** What an element of a data type holds, and the attributes that it may have; `!` where it must. */
export const dataTypes = {
  Amount: { holds: "decimal", attributes: "currencyID! currencyCodeListVersionID" },
  BinaryObject: { holds: "base64Binary", attributes: "mimeCode! format encodingCode characterSetCode uri filename" },
  Code: {
    holds: "normalizedString",
    attributes: "listID listAgencyID listAgencyName listName listVersionID name languageID listURI listSchemeURI"
  },
  Date: { holds: "date", attributes: "" },
  Identifier: {
    holds: "normalizedString",
    attributes: "schemeID schemeName schemeAgencyID schemeAgencyName schemeVersionID schemeDataURI schemeURI"
  },
  Indicator: { holds: "boolean", attributes: "" },
  Measure: { holds: "decimal", attributes: "unitCode! unitCodeListVersionID" },
  Numeric: { holds: "decimal", attributes: "format" },
  Quantity: { holds: "decimal", attributes: "unitCode unitCodeListID unitCodeListAgencyID unitCodeListAgencyName" },
  Text: { holds: "string", attributes: "languageID languageLocaleID" },
  Time: { holds: "time", attributes: "" }
} as const
