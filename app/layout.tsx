import { GeistSans } from 'geist/font/sans';
import type { Metadata, Viewport } from 'next';
import localFont from 'next/font/local';
import { headers } from 'next/headers';
import type { ReactNode } from 'react';
import { StyleNonce } from './components/shell/style-nonce.tsx';
import { ToastProvider } from './components/ui/toast.tsx';
import { TooltipProvider } from './components/ui/tooltip-provider.tsx';
import './globals.css';
import { catalogues } from './i18n/catalogues.ts';
import { IntlProvider } from './i18n/intl-provider.tsx';
import { requestLocale, requestTheme } from './i18n/request-locale.ts';
import { readMe } from './session/read-me.ts';

/** As `geist/font/mono`, but loaded only by pages that show such text. */
const geistMono = localFont({
  src: '../node_modules/geist/dist/fonts/geist-mono/GeistMono-Variable.woff2',
  variable: '--font-geist-mono',
  weight: '100 900',
  adjustFontFallback: false,
  preload: false,
});

export const metadata: Metadata = {
  title: { default: 'Fiberkeep', template: '%s · Fiberkeep' },
  robots: { index: false, follow: false },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fbfbfa' },
    { media: '(prefers-color-scheme: dark)', color: '#0e1215' },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const locale = await requestLocale();
  const theme = await requestTheme();
  const timeZone = (await readMe())?.timeZone ?? null;
  const nonce = (await headers()).get('x-nonce') ?? '';
  return (
    <html
      lang={locale}
      data-theme={theme ?? undefined}
      className={`${GeistSans.variable} ${geistMono.variable}`}
    >
      <body className="bg-canvas font-sans text-ink">
        <StyleNonce nonce={nonce} />
        <IntlProvider locale={locale} messages={catalogues[locale]} timeZone={timeZone}>
          <TooltipProvider>
            <ToastProvider>{children}</ToastProvider>
          </TooltipProvider>
        </IntlProvider>
      </body>
    </html>
  );
}
