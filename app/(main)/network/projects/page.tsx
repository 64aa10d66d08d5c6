import { Projects } from './projects.tsx';

export default function Page() {
  return <Projects />;
}
