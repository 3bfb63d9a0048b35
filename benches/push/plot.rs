//! Panels of curves side by side as SVG, both axes logarithmic. Every panel has the same axes, and a power of ten is as
//! long across as it is high: what grows in proportion runs along a diagonal.

use std::fmt::Write;

/// One quantity that grows.
pub struct Panel {
    pub title: &'static str,
    pub curves: Vec<Curve>,
}

/// Sizes and seconds.
pub struct Curve {
    pub name: &'static str,
    pub points: Vec<(f64, f64)>,
}

/// Pixels of a power of ten.
const DECADE: f64 = 56.0;
/// Powers of ten across.
const ACROSS: i32 = 5;
const COLUMNS: usize = 3;
/// Between a panel's frame and what is around it.
const LEFT: f64 = 92.0;
const ABOVE: f64 = 44.0;
const BELOW: f64 = 34.0;
/// For the title and the legend.
const TOP: f64 = 64.0;
const BOTTOM: f64 = 12.0;

/// How a curve looks: told apart without colour.
struct Look {
    colour: &'static str,
    dashes: &'static str,
    fill: &'static str,
}

const LOOKS: [Look; 2] = [
    Look { colour: "#8a4b00", dashes: "5 4", fill: "white" },
    Look { colour: "#0b4f8a", dashes: "none", fill: "#0b4f8a" },
];

pub fn svg(title: &str, panels: &[Panel]) -> String {
    let names = names(panels);
    let rows = panels.len().div_ceil(COLUMNS);
    let frame = Frame::around(panels);
    let width = COLUMNS as f64 * frame.outer_width() + 48.0;
    let height = TOP + rows as f64 * frame.outer_height() + BOTTOM;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <title>{title}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n\
         <text x=\"16\" y=\"24\" font-size=\"16\" font-weight=\"bold\">{title}</text>\n"
    );
    for (place, name) in names.iter().enumerate() {
        let x = 16.0 + 180.0 * place as f64;
        svg.push_str(&line(&LOOKS[place], &[(x, 44.0), (x + 36.0, 44.0)]));
        svg.push_str(&marker(&LOOKS[place], (x + 18.0, 44.0), name));
        text(&mut svg, (x + 44.0, 48.0), "start", name);
    }
    text(&mut svg, (16.0 + 180.0 * names.len() as f64, 48.0), "start", "Along a diagonal of the grid: in proportion.");
    for (place, panel) in panels.iter().enumerate() {
        let x = (place % COLUMNS) as f64 * frame.outer_width() + LEFT;
        let y = TOP + (place / COLUMNS) as f64 * frame.outer_height() + ABOVE;
        writeln!(svg, "<g transform=\"translate({x} {y})\">").expect("a string takes text");
        draw(&mut svg, panel, &names, &frame);
        svg.push_str("</g>\n");
    }
    svg + "</svg>"
}

fn names(panels: &[Panel]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for curve in panels.iter().flat_map(|panel| &panel.curves) {
        if !names.contains(&curve.name) {
            names.push(curve.name);
        }
    }
    names
}

/// Which seconds are shown, as powers of ten.
struct Frame {
    lowest: i32,
    highest: i32,
}

impl Frame {
    fn around(panels: &[Panel]) -> Self {
        let seconds = || {
            panels.iter().flat_map(|panel| &panel.curves).flat_map(|curve| &curve.points).map(|point| point.1.log10())
        };
        Self {
            lowest: seconds().fold(f64::MAX, f64::min).floor() as i32,
            highest: seconds().fold(f64::MIN, f64::max).ceil() as i32,
        }
    }

    fn width(&self) -> f64 {
        DECADE * f64::from(ACROSS)
    }

    fn height(&self) -> f64 {
        DECADE * f64::from(self.highest - self.lowest)
    }

    fn outer_width(&self) -> f64 {
        LEFT + self.width()
    }

    fn outer_height(&self) -> f64 {
        ABOVE + self.height() + BELOW
    }

    fn up(&self, seconds: f64) -> f64 {
        DECADE * (f64::from(self.highest) - seconds.log10())
    }
}

fn draw(svg: &mut String, panel: &Panel, names: &[&str], frame: &Frame) {
    let largest = panel.curves.iter().flat_map(|curve| &curve.points).map(|point| point.0).fold(1.0, f64::max);
    let first = (largest.log10().ceil() as i32 - ACROSS).max(0);
    text(svg, (0.0, -12.0), "start", &format!("<tspan font-size=\"13\">{}</tspan>", panel.title));
    for power in 0..=ACROSS {
        let x = DECADE * f64::from(power);
        grid(svg, (x, 0.0), (x, frame.height()));
        text(svg, (x, frame.height() + 16.0), "middle", &grouped(10_u64.pow((first + power) as u32)));
    }
    for power in frame.lowest..=frame.highest {
        let y = frame.up(10_f64.powi(power));
        grid(svg, (0.0, y), (frame.width(), y));
        text(svg, (-8.0, y + 4.0), "end", &seconds(10_f64.powi(power)));
    }
    for curve in &panel.curves {
        let look = &LOOKS[names.iter().position(|name| *name == curve.name).expect("it was collected")];
        let places: Vec<(f64, f64)> = curve
            .points
            .iter()
            .map(|&(size, seconds)| (DECADE * (size.log10() - f64::from(first)), frame.up(seconds)))
            .collect();
        svg.push_str(&line(look, &places));
        for (place, &(size, time)) in places.iter().zip(&curve.points) {
            let told = format!("{}: {} for {}", curve.name, seconds(time), grouped(size as u64));
            svg.push_str(&marker(look, *place, &told));
        }
    }
    label_ends(svg, panel, first, frame);
}

/// Says what the first and the last points stand for, the higher curve's above the lower one's.
fn label_ends(svg: &mut String, panel: &Panel, first: i32, frame: &Frame) {
    let mut label = |end: fn(&Curve) -> Option<(f64, f64)>, right: f64, above: f64, below: f64| {
        let mut ends: Vec<(f64, f64)> = panel.curves.iter().filter_map(end).collect();
        ends.sort_by(|one, other| other.1.total_cmp(&one.1));
        for (place, (size, time)) in ends.into_iter().enumerate() {
            let x = DECADE * (size.log10() - f64::from(first)) + right;
            let y = frame.up(time) + if place == 0 { above } else { below };
            text(svg, (x, y), "start", &format!("<tspan font-weight=\"bold\">{}</tspan>", seconds(time)));
        }
    };
    label(|curve| curve.points.first().copied(), 2.0, -8.0, 16.0);
    label(|curve| curve.points.last().copied(), 8.0, -1.0, 12.0);
}

fn grid(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let (x1, y1, x2, y2) = (from.0, from.1, to.0, to.1);
    writeln!(svg, "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"#d5d5d5\"/>")
        .expect("a string takes text");
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>")
        .expect("a string takes text");
}

fn line(look: &Look, places: &[(f64, f64)]) -> String {
    let places: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let Look { colour, dashes, .. } = look;
    format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>\n",
        places.join(" ")
    )
}

/// A point that tells what it is to a pointer that rests on it.
fn marker(look: &Look, (x, y): (f64, f64), told: &str) -> String {
    let Look { colour, fill, .. } = look;
    format!(
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"2\"><title>{told}</title></circle>\n"
    )
}

fn seconds(time: f64) -> String {
    match time {
        whole if time >= 0.9995 => format!("{} s", short(whole)),
        _ => format!("{} ms", short(time * 1e3)),
    }
}

/// Two digits are enough.
fn short(number: f64) -> String {
    if number < 9.95 { format!("{:.1}", number).trim_end_matches(".0").to_string() } else { format!("{number:.0}") }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|part| str::from_utf8(part).expect("digits")).collect();
    parts.join(",")
}
