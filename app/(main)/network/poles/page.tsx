import { Poles } from './poles.tsx';

export default function Page() {
  return <Poles />;
}
