'use client';

import { Menu as MenuIcon, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Dialog } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { SearchButton, SearchIconButton } from '#app/components/search/search-button.tsx';
import { SearchProvider } from '#app/components/search/search-provider.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { usePage } from '#app/data/graphql-provider.tsx';
import { AwayBanner } from './away-banner.tsx';
import { JobToasts } from './job-toasts.tsx';
import { Logo } from './logo.tsx';
import { MeanwhileBanner } from './meanwhile-banner.tsx';
import { Nav } from './nav.tsx';
import { ThemeSwitch } from './theme-switch.tsx';
import { UndoBanner } from './undo-banner.tsx';
import { UserMenu } from './user-menu.tsx';

interface Props {
  /** Dialogs that stay open while a swap rebuilds the page. */
  dialogs: ReactNode;
  children: ReactNode;
}

/** The side menu (a drawer on small screens) and the page beside it. */
export function Shell({ dialogs, children }: Props) {
  const t = useTranslations('nav');
  const { generation } = usePage();
  return (
    <SearchProvider>
      <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)] print:block">
        <a
          href="#content"
          className="-translate-y-20 fixed top-2 left-2 z-80 rounded-md bg-accent px-3 py-2 text-on-accent text-sm focus:translate-y-0 print:hidden"
        >
          {t('skip')}
        </a>
        <aside className="sticky top-0 hidden h-dvh flex-col border-line border-r bg-rail p-3 lg:flex print:hidden">
          <Rail />
        </aside>
        <TopBar />
        <div className="min-w-0">
          <div className="contents print:hidden">
            <AwayBanner />
            <MeanwhileBanner />
            <UndoBanner />
            <JobToasts />
          </div>
          <main
            key={generation}
            id="content"
            tabIndex={-1}
            className="mx-auto max-w-7xl px-4 py-6 outline-none sm:px-6 lg:px-10 lg:py-9"
          >
            {children}
          </main>
        </div>
        {dialogs}
      </div>
    </SearchProvider>
  );
}

function Rail({ onGo }: { onGo?: () => void }) {
  return (
    <>
      <Link href="/" onClick={onGo} className="mb-5 rounded-md px-2 py-1.5">
        <Logo />
      </Link>
      {!onGo && <SearchButton />}
      <Nav onGo={onGo} />
      <div className="mt-auto grid gap-2.5">
        <ThemeSwitch />
        <div className="border-line border-t pt-2.5">
          <UserMenu onGo={onGo} />
        </div>
      </div>
    </>
  );
}

function TopBar() {
  const t = useTranslations('nav');
  const [open, setOpen] = useState(false);
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center justify-between border-line border-b bg-rail px-4 lg:hidden print:hidden">
      <Link href="/" className="rounded-md">
        <Logo />
      </Link>
      <div className="ml-auto">
        <SearchIconButton />
      </div>
      <Dialog.Root open={open} onOpenChange={setOpen}>
        <Dialog.Trigger
          aria-label={t('open')}
          className="-mr-2 grid size-11 place-items-center rounded-md text-ink-2 hover:bg-line/60"
        >
          <MenuIcon aria-hidden className="size-5" />
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-40 animate-fade bg-veil" />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 flex w-72 max-w-[85vw] animate-slide-in flex-col border-line border-r bg-rail p-3 outline-none"
          >
            <Dialog.Title className="sr-only">{t('label')}</Dialog.Title>
            <Dialog.Close
              aria-label={t('close')}
              className="absolute top-3.5 right-3 grid size-9 place-items-center rounded-md text-ink-2 hover:bg-line/60"
            >
              <X aria-hidden className="size-4" />
            </Dialog.Close>
            <Rail onGo={() => setOpen(false)} />
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
    </header>
  );
}
