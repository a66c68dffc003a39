/**
 * The host's IPv4 address on interface number `index` of virtual machine `id`, from the output of `ifconfig tap`. vmd names
 * the machine in the description of its tap, possibly cut off: `vm<ID>-if<N>-<name>`. Undefined as long as the
 * interface is not there or has no address: vmd configures it just after the start.
 */
export function tapAddress(output: string, id: number, index: number): string | undefined {
  const blocks = output.split(/^(?=\S+: flags=)/m);
  const block = blocks.find((one) => {
    const [, vm, nic] = /^\s+description: vm(\d+)-if(\d+)-/m.exec(one) ?? [];
    return Number(vm) === id && Number(nic) === index;
  });
  // With what follows it: an output that breaks off may end in half an address.
  return /^\s+inet (\d+\.\d+\.\d+\.\d+) netmask /m.exec(block ?? '')?.[1];
}

/** The guest's end of a local interface: the address after the host's. */
export function nextAddress(address: string): string {
  const octets = address.split('.').map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  const next = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d + 1;
  return [next / 2 ** 24, next / 2 ** 16, next / 2 ** 8, next]
    .map((part) => Math.floor(part) % 256)
    .join('.');
}
