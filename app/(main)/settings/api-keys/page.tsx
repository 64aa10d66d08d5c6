import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
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
