import { Compass } from 'lucide-react';
import { EmptyState } from './components/ui/empty-state.tsx';
import { Link } from './components/ui/link.tsx';
import { serverTexts } from './i18n/request-locale.ts';

export default async function NotFound() {
  const t = await serverTexts('notFound');
  return (
    <main className="grid min-h-dvh place-items-center">
      <EmptyState
        icon={<Compass aria-hidden className="size-5" />}
        title={t('title')}
        action={
          <Link
            href="/"
            className="rounded font-medium text-accent underline decoration-accent/40 underline-offset-4"
          >
            {t('home')}
          </Link>
        }
      >
        {t('text')}
      </EmptyState>
    </main>
  );
}
