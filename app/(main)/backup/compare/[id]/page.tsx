import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { ComparePage } from '../compare-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('compare'))('pageTitle') };
}

interface Props {
  params: Promise<{ id: string }>;
}

/** What differs between two backups, or a backup and the network of now. */
export default async function Page({ params }: Props) {
  const { id } = await params;
  return (
    <Guard action="backup.compare">
      <Guard action="network.view">
        <ComparePage key={id} id={id} />
      </Guard>
    </Guard>
  );
}
