import { Clients } from './clients.tsx';

export default function Page() {
  return <Clients />;
}
