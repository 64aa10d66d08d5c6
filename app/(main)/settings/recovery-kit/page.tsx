import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { RecoveryKitPage } from './recovery-kit-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('kit'))('title') };
}

interface Props {
  searchParams: Promise<{ first?: string }>;
}

/** `?first` makes it the last step of the set-up. */
export default async function Page({ searchParams }: Props) {
  const { first } = await searchParams;
  return (
    <Guard action="backup.configure">
      <RecoveryKitPage first={first !== undefined} />
    </Guard>
  );
}
