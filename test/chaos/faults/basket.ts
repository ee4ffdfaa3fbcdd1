/** What the sessions of these tests hold. */
export interface Basket {
  count?: number;
  /** Makes the session large. */
  bulk?: string;
}
