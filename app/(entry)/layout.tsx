import type { ReactNode } from 'react';
import { FiberArt } from '../components/shell/fiber-art.tsx';
import { LanguageSwitch } from '../components/shell/language-switch.tsx';
import { Logo } from '../components/shell/logo.tsx';
import { ThemeSwitch } from '../components/shell/theme-switch.tsx';
import { GraphqlProvider } from '../data/graphql-provider.tsx';
import { OfflinePerson } from '../offline/offline-person.tsx';

/** The layout of pages for visitors: a form beside an illustration of light in glass fiber. */
export default function EntryLayout({ children }: { children: ReactNode }) {
  return (
    <GraphqlProvider plantEpoch="">
      <OfflinePerson id={null} />
      <div className="grid min-h-dvh lg:grid-cols-2">
        <main className="flex flex-col px-6 py-6 sm:px-10">
          <div className="flex flex-wrap items-center justify-between gap-2">
            <Logo />
            <div className="flex items-center gap-1">
              <LanguageSwitch />
              <ThemeSwitch />
            </div>
          </div>
          <div className="m-auto w-full max-w-sm py-10 has-[[data-wide]]:max-w-xl">{children}</div>
        </main>
        <FiberArt />
      </div>
    </GraphqlProvider>
  );
}
