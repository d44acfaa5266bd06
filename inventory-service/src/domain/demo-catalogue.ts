import { asProductId } from "./ids.ts";
import type { Product } from "./product.ts";

type Row = readonly [sku: string, name: string, priceInCents: number, onHand: number];

const rows: readonly Row[] = [
  ["AUD-001", "Wireless Headphones", 129_99, 500],
  ["AUD-002", "Portable Bluetooth Speaker", 59_90, 400],
  ["AUD-003", "Studio Microphone", 149_00, 250],
  ["COM-001", "Mechanical Keyboard", 89_95, 600],
  ["COM-002", "Ergonomic Mouse", 39_99, 800],
  ["COM-003", "27-inch 4K Monitor", 299_00, 200],
  ["COM-004", "USB-C Docking Station", 179_50, 300],
  ["COM-005", "1 TB Portable SSD", 109_00, 450],
  ["COM-006", "Laptop Stand", 34_50, 700],
  ["COM-007", "14-inch Ultrabook", 949_00, 60],
  ["COM-008", "Graphics Workstation", 2_499_00, 25],
  ["HOM-001", "Espresso Machine", 389_00, 80],
  ["HOM-002", "Burr Coffee Grinder", 69_00, 350],
  ["HOM-003", "Electric Kettle", 44_95, 500],
  ["HOM-004", "Robot Vacuum", 329_99, 90],
  ["HOM-005", "Desk Lamp", 24_99, 900],
  ["HOM-006", "Ceramic Mug", 12_50, 2_000],
  ["OFF-001", "Standing Desk", 549_00, 40],
  ["OFF-002", "Office Chair", 279_00, 220],
  ["OFF-003", "Dot Grid Notebook", 9_95, 5_000],
  ["PHO-001", "Mirrorless Camera", 1_299_99, 30],
  ["PHO-002", "Carbon Tripod", 199_00, 0],
  ["PHO-003", "50 mm Prime Lens", 449_00, 3],
  ["PHO-004", "Camera Backpack", 79_90, 260],
];

/** What the demo sells, all in USD: several of everything, one sold out, one nearly, two dearer than the demo's payment limit. */
export const demoCatalogue: readonly Product[] = rows.map(([sku, name, priceInCents, onHand], index) => ({
  id: asProductId(`01900000-0000-7000-9000-${String(index + 1).padStart(12, "0")}`),
  sku,
  name,
  price: { minorUnits: priceInCents, currency: "USD" },
  onHand,
  reserved: 0,
}));
