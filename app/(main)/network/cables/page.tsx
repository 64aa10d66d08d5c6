import { Cables } from './cables.tsx';

export default function Page() {
  return <Cables />;
}
