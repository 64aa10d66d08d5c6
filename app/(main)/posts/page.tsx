import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { PostsPage } from './posts-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('posts'))('title') };
}

export default function Page() {
  return (
    <Guard action="network.view">
      <PostsPage />
    </Guard>
  );
}
