import { render } from 'preact';
import type { PageData } from './data.ts';
import { Run } from './run.tsx';

const data = JSON.parse(document.getElementById('data')?.textContent ?? '') as PageData;
const page = document.getElementById('page');
if (page !== null) {
  page.replaceChildren();
  render(<Run data={data} />, page);
}
