/** An empty module in the place of what a bundler removes from an application: `server-only` and `client-only`. */

export {};
