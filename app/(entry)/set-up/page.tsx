import type { Metadata } from 'next';
import { Link } from '#app/components/ui/link.tsx';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { readMe } from '#app/session/read-me.ts';
import { readRecovery } from '#app/session/read-recovery.ts';
import { SetUp } from './set-up.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('entry'))('setUp') };
}

interface Props {
  searchParams: Promise<{ token?: string | string[] }>;
}

export default async function Page({ searchParams }: Props) {
  const { token } = await searchParams;
  const t = await serverTexts('entry');
  if (await readMe())
    return <Note title={t('setUpDone')} text={t('setUpDoneText')} to="/" link={t('firstPage')} />;
  if (typeof token !== 'string' || token === '')
    return (
      <Note
        title={t('setUpNoToken')}
        text={t('setUpNoTokenText')}
        to="/sign-in"
        link={t('signIn')}
      />
    );
  return <SetUp token={token} begun={await readRecovery(token)} />;
}

interface NoteProps {
  title: string;
  text: string;
  to: '/' | '/sign-in';
  link: string;
}

/** Replaces a form that could not be submitted. */
function Note({ title, text, to, link }: NoteProps) {
  return (
    <div className="grid gap-4">
      <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
      <p className="text-pretty text-ink-2 text-sm">{text}</p>
      <Link href={to} className="font-medium text-accent-strong text-sm underline">
        {link}
      </Link>
    </div>
  );
}
