/** Stands in for what a bundler takes out of an application: `server-only` and `client-only`. */

export {};
