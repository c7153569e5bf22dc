// Ids that must not be mixed up. uuid unless said otherwise.
declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]?: Name };

export type SchoolId = Id<'school'>;
export type NoticeId = Id<'notice'>;
export type GuardianId = Id<'guardian'>;
export type PupilId = Id<'pupil'>;
export type ContactId = Id<'contact'>;
export type AccountId = Id<'account'>;
export type TemplateId = Id<'template'>;
/** bigint as text: never a JavaScript number. */
export type RecipientId = Id<'recipient'>;
/** bigint as text: never a JavaScript number. */
export type DeliveryId = Id<'delivery'>;
