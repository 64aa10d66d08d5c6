import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { ImportPage } from './import-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('importPage'))('title') };
}

export default async function Page({
  searchParams,
}: {
  searchParams: Promise<{ readonly id?: string }>;
}) {
  const { id } = await searchParams;
  return (
    <Guard action="network.import">
      <ImportPage id={typeof id === 'string' ? id : null} />
    </Guard>
  );
}
