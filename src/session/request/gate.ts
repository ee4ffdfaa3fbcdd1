/** The gate between a request and the stores. */

/**
 * Awaited before a request asks a store for the first time. It may never resolve: Next renders pages in advance as well,
 * with the request's cookies, where nothing that takes I/O is waited for, and failing I/O would count against the store.
 */
export type Gate = () => Promise<void>;
