import type { Metadata } from 'next';
import { serverTexts } from '../../../i18n/request-locale.ts';
import { Guard } from '../../../session/guard.tsx';
import { ApiKeysPage } from './api-keys-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('apiKeys'))('title') };
}

export default function Page() {
  return (
    <Guard action="apikeys.manage">
      <ApiKeysPage />
    </Guard>
  );
}
