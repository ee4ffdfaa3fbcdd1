import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { SessionPanel } from "spillway/next/devtools";
import "./_styles/base.css";
import "./_styles/parts.css";
import "./_styles/picture.css";

export const metadata: Metadata = {
  title: { default: "Spillway", template: "%s · Spillway" },
  description: "Sessions of every size for the Next.js App Router, to look at while they grow and shrink.",
};

export const viewport: Viewport = {
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f3f6f6" },
    { media: "(prefers-color-scheme: dark)", color: "#0c1518" },
  ],
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <a className="skip" href="#content">
          Skip to the content
        </a>
        {children}
        <SessionPanel />
      </body>
    </html>
  );
}
